"""Bad options end with status 2 and one line, before any work."""
from harness import Folder, refuses, succeeds

BAD = [
    (["--bogus"], "--bogus"),
    (["--rnak", "3"], "--rnak"),
    (["word"], "word"),
    (["--rank"], "--rank"),
    (["--rank", "0"], "--rank 0"),
    (["--rank", "-3"], "--rank -3"),
    (["--rank", "2.5"], "--rank 2.5"),
    (["--rank", "4x"], "--rank 4x"),
    (["--rank", "99999999999999999999"], "--rank"),
    (["--rank", "--alpha", "3"], "--rank"),
    (["--alpha", "0"], "--alpha 0"),
    (["--alpha", "inf"], "--alpha inf"),
    (["--dropout", "1"], "--dropout 1"),
    (["--dropout", "-0.1"], "--dropout -0.1"),
    (["--lr", "nan"], "--lr nan"),
    (["--lr", "-1"], "--lr -1"),
    (["--lr", "1e999"], "--lr"),
    (["--batch-size", "0"], "--batch-size 0"),
    (["--micro-batch-size", "17"], "--micro-batch-size 17"),
    (["--batch-size", "4", "--micro-batch-size", "5"], "--micro-batch-size 5"),
    (["--epochs", "0"], "--epochs 0"),
    (["--max-steps", "-1"], "--max-steps -1"),
    (["--warmup-steps", "-1"], "--warmup-steps -1"),
    (["--cutoff-len", "1"], "--cutoff-len 1"),
    (["--beta1", "1"], "--beta1 1"),
    (["--beta2", "-1"], "--beta2 -1"),
    (["--eps", "0"], "--eps 0"),
    (["--weight-decay", "-1"], "--weight-decay -1"),
    (["--clip-grad-norm", "0"], "--clip-grad-norm 0"),
    (["--seed", "-1"], "--seed -1"),
    (["--threads", "0"], "--threads 0"),
    (["--scheduler", "polynomial"], "--scheduler polynomial"),
    (["--device", "tpu"], "--device tpu"),
    (["--dtype", "f64"], "--dtype f64"),
    (["--train-on-inputs", "yes"], "--train-on-inputs yes"),
    (["--no-shuffle=3"], "no-shuffle"),
    (["--no-shuffle=maybe"], "no-shuffle=maybe"),
    (["--rank", "2", "--rank", "3"], "--rank: is given 2 times"),
    (["--model="], "--model"),
    (["--data", "nowhere.json"], "--data nowhere.json: there is no such"),
    (["--method", "dorra"], "dorra"),
    (["--method", "lora,"], "--method"),
    (["--method", "lora,lora"], "twice"),
    (["--target-modules", "q_proj,,k_proj"], "--target-modules"),
    (["--method", "full", "--adapter", "."], "--adapter"),
    (["--method", "magnitude", "--magnitude-modules", "o_proj", "--target-modules", "q_proj"], "--magnitude-modules"),
    (["--method", "lora", "--magnitude-modules", "o_proj"], "--magnitude-modules"),
    (["--method", "full,lora", "--magnitude-modules", "o_proj"], "--magnitude-modules"),
    (["--method", "dora", "--magnitude-modules", "q_proj"], "--magnitude-modules q_proj"),
    (["--method", "lora,dora", "--adapter", "."], "--adapter"),
    (["--data", "x.txt", "--train-on-inputs", "false"], "--train-on-inputs"),
    (["--quantise", "fp4"], "--quantise fp4"),
    (["--quantise"], "--quantise"),
    (["--method", "full", "--quantise", "nf4"], "--quantise nf4: a quantised base can't be trained fully"),
    (["--method", "lora,full", "--quantise", "int8"], "--quantise int8"),
    (["--method", "qdora", "--quantise", "none"], "--quantise none: --method qdora"),
]


def test_a_bad_option_of_finetune_is_named_in_one_line():
    with Folder() as folder:
        for arguments, word in BAD:
            refuses("finetune", "--output", folder / "out", *arguments, says=word)
        assert folder.everything() == [], folder.everything()


def test_help_lists_every_option_with_its_default():
    text = succeeds("finetune", "--help").out
    for option, default in [
        ("--model", "(tiny)"), ("--method", "(dora)"), ("--rank", "(32)"), ("--alpha", "(64)"), ("--dropout", "(0.05)"),
        ("--target-modules", "(q_proj,k_proj,v_proj,up_proj,down_proj)"), ("--magnitude-modules", "(none)"),
        ("--lr", "(0.0002)"), ("--scheduler", "(linear)"), ("--warmup-steps", "(100)"), ("--batch-size", "(16)"),
        ("--epochs", "(3)"), ("--cutoff-len", "(256)"), ("--weight-decay", "(0)"), ("--beta1", "(0.9)"),
        ("--beta2", "(0.999)"), ("--eps", "(1e-08)"), ("--clip-grad-norm", "(none)"), ("--train-on-inputs", "(true)"),
        ("--device", "(cpu)"), ("--dtype", "(f32)"), ("--data", ""), ("--eval", ""), ("--prompt-template", ""),
        ("--adapter", ""), ("--micro-batch-size", ""), ("--max-steps", ""), ("--no-shuffle", ""), ("--seed", ""),
        ("--quantise", "(none)"), ("--threads", ""), ("--output", ""), ("--resume", ""),
    ]:
        at = text.find(f"\n  {option} ")
        at = text.find(f"\n  {option}\n") if at < 0 else at
        assert at >= 0, f"{option} is not listed"
        entry = " ".join(text[at + 1:].split("\n  --")[0].split())
        assert default in entry, f"{option}: no {default} in {entry!r}"


def test_every_program_answers_to_help():
    for program in ["finetune", "generate", "merge", "params", "demo"]:
        result = succeeds(program, "--help")
        assert result.err == "" and result.out.startswith(program), program
