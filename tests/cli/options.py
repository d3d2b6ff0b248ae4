"""Bad options end with status 2 and one line, before any work."""
import re

from harness import Folder, refuses, succeeds

BAD = [
    (["--bogus"], "--bogus"),
    (["--rnak", "3"], "--rnak: there is no such option; did you mean --rank?"),
    (["--bach-sise=3"], "did you mean --batch-size?"),
    (["--bogus"], "--bogus: there is no such option; --help"),
    (["word"], '"word" is an argument'),
    ([""], '"" is an argument'),
    (["--rank"], "--rank: its value is missing"),
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
    (["--scheduler", "exponentially"], "--scheduler exponentially"),
    (["--device", "tpu"], "--device tpu"),
    (["--dtype", "f64"], "--dtype f64"),
    (["--train-on-inputs", "yes"], "--train-on-inputs yes"),
    (["--no-shuffle=3"], "no-shuffle"),
    (["--no-shuffle=maybe"], "no-shuffle=maybe"),
    (["--rank", "2", "--rank", "3"], "--rank: is given 2 times"),
    (["--model="], "--model"),
    (["--model", b"nowhere\xff\xc2\x9b\n"], "--model nowhere\\xff\\u009b\\n: there is no such folder"),
    (["--rank", "\u0085\u2028\u202e"], "--rank \\u0085\\u2028\\u202e: expected"),
    (["--rank", "4" * 100000], "--rank 4444"),
    (["--model", "/x" * 3000], "there is no such folder"),
    (["--resume", "x" * 300], "there is no such folder"),
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
    (["--quantize", "fp4"], "--quantize fp4"),
    (["--quantize"], "--quantize"),
    (["--method", "full", "--quantize", "nf4"], "--quantize nf4: a quantized base can't be trained fully"),
    (["--method", "lora,full", "--quantize", "int8"], "--quantize int8"),
    (["--method", "qdora", "--quantize", "none"], "--quantize none: --method qdora"),
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
        ("--lr", "(0.0002)"), ("--scheduler", "(linear)"), ("--warmup-steps", "(default: 100, but"), ("--batch-size", "(16)"),
        ("--epochs", "(3)"), ("--cutoff-len", "(256)"), ("--weight-decay", "(0)"), ("--beta1", "(0.9)"),
        ("--beta2", "(0.999)"), ("--eps", "(1e-08)"), ("--clip-grad-norm", "(none)"), ("--train-on-inputs", "(default: true for instructions"),
        ("--device", "(cpu)"), ("--dtype", "(f32)"), ("--data", ""), ("--eval", ""), ("--prompt-template", ""),
        ("--adapter", ""), ("--micro-batch-size", ""), ("--max-steps", ""), ("--no-shuffle", ""), ("--seed", ""),
        ("--quantize", "(none)"), ("--threads", ""), ("--output", ""), ("--resume", ""),
    ]:
        at = text.find(f"\n  {option} ")
        at = text.find(f"\n  {option}\n") if at < 0 else at
        assert at >= 0, f"{option} is not listed"
        entry = " ".join(text[at + 1:].split("\n  --")[0].split())
        assert default in entry, f"{option}: no {default} in {entry!r}"


PROGRAMS = ["finetune", "generate", "merge", "params", "patterns", "demo", "pretrain", "reproduce", "tokenize", "chat", "perplexity"]


def test_a_number_out_of_range_is_refused_with_both_bounds():
    counted = 0
    for program in PROGRAMS:
        for option, kind in re.findall(r"^  (--\S+) (N|X|N\[,N\.\.\.\])(?: |$)", succeeds(program, "--help").out, re.M):
            words = ["all"] if program == "reproduce" else []
            for value in ["-1", "99999999999999999999"] if kind.startswith("N") else ["-1", "nan", "1e999"]:
                said = refuses(program, *words, option, value, says=f"{option} {value}: expected a ").err
                bound = r"-?[0-9.]+(e[-+]?[0-9]+)?"
                assert re.search(rf"(from|above) {bound} (to|up to|and below) ({bound}|infinity)$", said.strip()), said
                counted += 1
    assert counted > 40, counted


def test_a_stray_word_and_a_slip_are_named_as_what_they_are_by_every_program():
    for program in PROGRAMS:
        words = ["all"] if program == "reproduce" else []
        refuses(program, *words, "stray", says='"stray" is an argument, and none is taken')
        option = re.findall(r"^  (--\S{6,})", succeeds(program, "--help").out, re.M)[0]
        slip = option[:4] + option[5] + option[4] + option[6:]
        refuses(program, *words, slip, says=f"{slip}: there is no such option; did you mean {option}?")


def test_every_program_answers_to_help():
    for program in PROGRAMS:
        result = succeeds(program, "--help")
        assert result.err == "" and result.out.startswith(program), program
