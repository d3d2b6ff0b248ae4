"""What finetune's options for training do, seen in its log and its weights."""
import json
import math

from files import exercises, read_json, read_log, read_safetensors
from finetuning import adapter, common
from harness import Folder, refuses, succeeds

# Of the documents that `common` writes, with BOS and EOS.
LENGTHS = [6, 6, 7, 6, 7]


def run_full(folder, name, *options, steps=1):
    """The model's weights after some steps of full fine-tuning."""
    succeeds("finetune", *common(folder, "--method", "full", "--no-shuffle", "--max-steps", steps, "--output", folder / name, *options))
    tensors, _ = read_safetensors(folder / name + "/model.safetensors")
    return [value for name in sorted(tensors) for value in tensors[name][2]]


def start(folder):
    common(folder)
    tensors, _ = read_safetensors(folder / "model/model.safetensors")
    return [value for name in sorted(tensors) for value in tensors[name][2]]


def test_the_learning_rate_rises_and_falls_as_its_schedule_says():
    warmup, total, highest = 3, 10, 1e-2
    after = {"linear": lambda share: 1 - share, "cosine": lambda share: 0.5 * (1 + math.cos(math.pi * share)), "constant": lambda share: 1}
    with Folder() as folder:
        for name, factor in after.items():
            options = [option if option not in ("constant", 0) else {"constant": name, 0: warmup}[option] for option in common(folder)]
            succeeds("finetune", *options, *adapter("--max-steps", total, "--output", folder / name))
            rates = [entry["lr"] for entry in read_log(folder / name)]
            wanted = [highest * (step / warmup if step < warmup else factor((step - warmup) / (total - warmup))) for step in range(total)]
            assert all(math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-15) for a, b in zip(rates, wanted)), (name, rates, wanted)


def rates(folder, *options, steps=10):
    """The learning rates of some steps over the highest, and what was said beside them; without a warm-up of `common`'s."""
    words = common(folder)
    for option in ["--warmup-steps", "--scheduler"]:
        at = words.index(option)
        del words[at:at + 2]
    result = succeeds("finetune", *words, *adapter("--method", "lora", "--max-steps", steps, "--output", folder / "rates", *options))
    return [entry["lr"] / 1e-2 for entry in read_log(folder / "rates")], result.err


def close(a, b):
    return len(a) == len(b) and all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for x, y in zip(a, b))


def test_the_usual_warm_up_is_no_more_than_a_tenth_of_the_steps():
    with Folder() as folder:
        for steps, warmup in [(3, 1), (10, 1), (11, 2), (30, 3)]:
            got, said = rates(folder, "--scheduler", "constant", steps=steps)
            assert close(got, [min(step / warmup, 1) for step in range(steps)]), got
            assert said.count("note:") == 1 and f"note: the warm-up takes {warmup} of the {steps} steps" in said, said
        # Where it is said it is as said, and nothing more is.
        for options, warmup in [(["--warmup-steps", 100], 100), (["--warmup-steps", 0], 0), (["--warmup-ratio", 0.07], 1), (["--warmup-ratio", 0.5], 5)]:
            got, said = rates(folder, "--scheduler", "constant", *options)
            assert close(got, [step / warmup if step < warmup else 1 for step in range(10)]), (options, got)
            assert "note:" not in said, said
        refuses("finetune", "--warmup-steps", 3, "--warmup-ratio", 0.1, says="--warmup-ratio")


def test_every_schedule_takes_its_options_and_refuses_others():
    half = lambda share: 0.5 * (1 + math.cos(math.pi * share))
    with Folder() as folder:
        for options, wanted in [
            (["cosine", "--min-lr-ratio", 0.2], [0.2 + 0.8 * half(step / 10) for step in range(10)]),
            (["polynomial", "--scheduler-options", "power=2,least=0.5"], [0.5 + 0.5 * (1 - step / 10) ** 2 for step in range(10)]),
            (["inverse_sqrt", "--scheduler-options", "timescale=3"], [(1 + step / 3) ** -0.5 for step in range(10)]),
            (["cosine_with_restarts", "--scheduler-options", "cycles=2"], [half(step / 5 % 1) for step in range(10)]),
            (["warmup_stable_decay", "--scheduler-options", "decay_steps=4,linear=1"], [min(1, (10 - step) / 4) for step in range(10)]),
            (["multi_step", "--scheduler-options", "milestones=3,gamma=0.5"], [0.5 if step >= 3 else 1 for step in range(10)]),
        ]:
            got, _ = rates(folder, "--warmup-steps", 0, "--scheduler", *options)
            assert close(got, wanted), (options, got, wanted)
    for options, says in [
        (["--scheduler", "cosin"], "--scheduler cosin: expected one of"),
        (["--scheduler", "step"], "--scheduler step: schedule: 'step_size' must be given"),
        (["--scheduler", "linear", "--min-lr-ratio", 0.1], "--min-lr-ratio: --scheduler linear has no lowest rate; cosine"),
        (["--scheduler", "cosine", "--min-lr-ratio", 0.1, "--scheduler-options", "least=0.1"], "--min-lr-ratio"),
        (["--scheduler", "cosine", "--scheduler-options", "power=2"], "has no option 'power'"),
        (["--scheduler", "polynomial", "--scheduler-options", "power"], "--scheduler-options power: expected a name and a number"),
        (["--scheduler", "polynomial", "--scheduler-options", "power=x"], "--scheduler-options power=x: expected a number"),
        (["--scheduler", "polynomial", "--scheduler-options", "power=-1"], "--scheduler polynomial: polynomial_schedule: the power"),
        (["--min-lr-ratio", 2], "--min-lr-ratio 2"),
        (["--warmup-ratio", 1.5], "--warmup-ratio 1.5"),
    ]:
        refuses("finetune", *options, says=says)


def test_every_optimizer_trains_by_its_name_and_with_its_options():
    help_text = succeeds("finetune", "--help").out
    names = help_text.split("--optimizer ")[1].split()[0].split("|")
    assert len(names) >= 8 and "adamw" in names, names
    with Folder() as folder:
        weights = {}
        for name in names:
            # Muon's parameters are matrices.
            succeeds("finetune", *common(folder, *adapter("--method", "lora", "--optimizer", name, "--max-steps", 3, "--output", folder / name)))
            weights[name] = json.dumps(read_safetensors(folder / name + "/adapter_model.safetensors")[0])
        assert len(set(weights.values())) >= len(names) - 1  # Adam without decay is AdamW
        # By hand: a step of plain descent is the rate times the gradient.
        before = start(folder)
        after = run_full(folder, "sgd", "--optimizer", "sgd")
        norm = math.sqrt(sum((b - a) ** 2 for a, b in zip(before, after)))
        assert math.isclose(norm, 1e-2 * read_log(folder / "sgd")[0]["grad_norm"], rel_tol=1e-3)
        # With momentum a second step has the first one in it.
        plain, heavy = (run_full(folder, name, "--optimizer", "sgd", *more, steps=2) for name, more in
                        [("plain", []), ("heavy", ["--optimizer-options", "momentum=0.5"])])
        assert all(math.isclose(h - p, 0.5 * (a - b), rel_tol=1e-2, abs_tol=2e-6) for h, p, a, b in zip(heavy, plain, after, before))
        refuses("finetune", "--resume", folder / "sgd", "--max-steps", 2, "--optimizer", "adamw", says="--optimizer has changed")
        refuses("finetune", *common(folder, "--method", "full", "--optimizer", "muon", "--max-steps", 1), "--output", folder / "none", says="muon steps matrices")
    for options, says in [
        (["--optimizer", "adam2"], "--optimizer adam2: expected one of"),
        (["--optimizer", "sgd", "--beta1", 0.5], "--beta1: sgd has no such option"),
        (["--optimizer", "sgd", "--optimizer-options", "beta1=0.5"], "--optimizer-options beta1=0.5: sgd has no such option; it has lr, momentum"),
        (["--optimizer", "sgd", "--optimizer-options", "momentum=2"], "--optimizer sgd: optimizer: momentum must lie in [0, 1), not 2"),
        (["--optimizer", "sgd", "--optimizer-options", "nesterov=0.5"], "nesterov must be a bool"),
        (["--optimizer-options", "amsgrad"], "--optimizer-options amsgrad: expected a name and a number"),
        (["--optimizer-options", "beta1=0.5", "--beta1", 0.5], "--beta1: is among --optimizer-options too"),
        (["--optimizer-options", "lr=1"], "--optimizer-options lr=1"),
    ]:
        refuses("finetune", *options, says=says)


def test_documents_of_like_lengths_go_together_where_that_is_asked_for():
    with Folder() as folder:
        folder.write("lengths.txt", "".join("the cat " * count + "\n" for count in [1, 5, 2, 1, 5, 2, 1, 5, 2, 1, 5, 2]))
        base = common(folder, *adapter("--method", "lora", "--epochs", 3, "--seed", 3), data="lengths.txt")
        succeeds("finetune", *base, "--output", folder / "any")
        succeeds("finetune", *base, "--group-by-length", "--output", folder / "grouped")
        tokens = [entry["tokens"] for entry in read_log(folder / "grouped")]
        # With BOS and EOS, pairs of one length.
        assert sorted(tokens) == sorted([8, 12, 24] * 6) and tokens != sorted(tokens), tokens
        assert set(entry["tokens"] for entry in read_log(folder / "any")) != {8, 12, 24}
        succeeds("finetune", *base, "--group-by-length", "--max-steps", 7, "--output", folder / "part")
        succeeds("finetune", "--resume", folder / "part", "--max-steps", 18)
        assert [entry["tokens"] for entry in read_log(folder / "part")] == tokens
        refuses("finetune", "--group-by-length", "--no-shuffle", says="--group-by-length")


def test_documents_in_one_row_have_the_gradients_of_documents_side_by_side():
    with Folder() as folder:
        folder.write("lengths.txt", "".join("the cat " * count + "\n" for count in [1, 6, 2, 4, 3]))
        for method in ["full", "dora"]:
            base = common(folder, *adapter("--method", method, "--max-steps", 4), batch=4, data="lengths.txt")
            for dropout, names in [(0, ["side by side", "packed"]), (0.3, ["packed", "in parts"])]:
                for name in names:
                    more = {"side by side": [], "packed": ["--packing"], "in parts": ["--packing", "--micro-batch-size", 3]}[name]
                    succeeds("finetune", *base, *more, "--dropout", dropout, "--output", folder / name)
                for a, b in zip(*(read_log(folder / name) for name in names), strict=True):
                    assert math.isclose(a["loss"], b["loss"], rel_tol=1e-5) and a["tokens"] == b["tokens"], (method, names, a, b)
                    assert math.isclose(a["grad_norm"], b["grad_norm"], rel_tol=1e-4), (method, names, a, b)
        refuses("finetune", "--packing", "--cuda-graphs", "--device", "cuda", says="--packing")


def test_computing_blocks_again_gives_the_same_bits():
    with Folder() as folder:
        for method in ["full", "dora", "qlora"]:
            base = common(folder, *adapter("--method", method, "--dropout", 0.2, "--max-steps", 4))
            succeeds("finetune", *base, "--output", folder / "kept")
            succeeds("finetune", *base, "--gradient-checkpointing", "--output", folder / "again")
            steps = [[(entry["loss"], entry["grad_norm"]) for entry in read_log(folder / name)] for name in ["kept", "again"]]
            assert steps[0] == steps[1], (method, steps)


def test_documents_are_cut_at_the_cutoff():
    with Folder() as folder:
        options = adapter("--max-steps", 3, "--no-shuffle")
        succeeds("finetune", *common(folder, *options, "--output", folder / "whole"))
        succeeds("finetune", *common(folder, *options, "--cutoff-len", 4, "--output", folder / "cut"))
        assert [entry["tokens"] for entry in read_log(folder / "whole")] == [12, 13, 13]
        assert [entry["tokens"] for entry in read_log(folder / "cut")] == [8, 8, 8]
        assert read_log(folder / "cut")[0]["loss"] != read_log(folder / "whole")[0]["loss"]


def test_epochs_are_as_many_steps_as_their_documents_fill():
    with Folder() as folder:
        for epochs in [1, 3]:
            succeeds("finetune", *common(folder, *adapter("--epochs", epochs, "--output", folder / str(epochs))))
            log = read_log(folder / str(epochs))
            assert len(log) == math.ceil(5 * epochs / 2)
            assert sum(entry["tokens"] for entry in log) == epochs * sum(LENGTHS)
            # The last batch has one document.
            assert log[-1]["tokens"] in LENGTHS


def test_in_file_order_documents_come_again_from_the_top():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--no-shuffle", "--max-steps", 5, "--output", folder / "out")))
        wanted = [LENGTHS[2 * step % 5] + LENGTHS[(2 * step + 1) % 5] for step in range(5)]
        assert [entry["tokens"] for entry in read_log(folder / "out")] == wanted


def test_weight_decay_takes_its_share_of_each_weight_but_those_of_norms():
    rate, decay = 1e-2, 0.3
    with Folder() as folder:
        before, plain, decayed = start(folder), run_full(folder, "plain"), run_full(folder, "decayed", "--weight-decay", decay)
        tensors, _ = read_safetensors(folder / "model/model.safetensors")
        shares = [0 if "norm" in name else decay for name in sorted(tensors) for _ in tensors[name][2]]
        assert set(shares) == {0, decay}
        assert all(math.isclose(b - a, -rate * share * p, rel_tol=1e-2, abs_tol=1e-6)
                   for a, b, p, share in zip(plain, decayed, before, shares, strict=True))


def test_epsilon_stands_beside_the_gradients_size_and_clipping_shrinks_the_gradient():
    # With an epsilon far above the gradient's size a first step is the rate times gradient over epsilon.
    with Folder() as folder:
        before = start(folder)
        options = common(folder)
        at = options.index("--lr")
        del options[at:at + 2]

        def change(name, *more):
            succeeds("finetune", *options, "--method", "full", "--no-shuffle", "--max-steps", 1, "--lr", "1e3", "--output", folder / name, *more)
            tensors, _ = read_safetensors(folder / name + "/model.safetensors")
            after = [value for name in sorted(tensors) for value in tensors[name][2]]
            return math.sqrt(sum((b - a) ** 2 for a, b in zip(before, after)))

        norm = read_log(folder / "probe")[0]["grad_norm"] if change("probe", "--eps", "1e4") else 0
        assert math.isclose(change("small", "--eps", "1e4"), 0.1 * norm, rel_tol=1e-2)
        assert math.isclose(change("large", "--eps", "1e5"), 0.01 * norm, rel_tol=1e-2)
        assert math.isclose(change("clipped", "--eps", "1e4", "--clip-grad-norm", norm / 4), 0.1 * norm / 4, rel_tol=1e-2)
        assert math.isclose(change("unclipped", "--eps", "1e4", "--clip-grad-norm", norm * 2), 0.1 * norm, rel_tol=1e-2)
        # The logged norm is the one before clipping.
        assert math.isclose(read_log(folder / "clipped")[0]["grad_norm"], norm, rel_tol=1e-5)


def test_without_memory_of_earlier_gradients_each_step_is_as_long_as_the_rate():
    with Folder() as folder:
        before = start(folder)
        none = run_full(folder, "none", "--beta1", 0, "--beta2", 0, "--eps", "1e-20", steps=2)
        # Two steps of 0.01, up or down, or none where a token doesn't occur.
        steps = [round(abs(b - a), 5) for a, b in zip(before, none)]
        assert set(steps) <= {0.0, 0.01, 0.02} and steps.count(0.02) > 100, sorted(set(steps))
        mean = run_full(folder, "mean", "--beta1", 0.5, "--beta2", 0, "--eps", "1e-20", steps=2)
        square = run_full(folder, "square", "--beta1", 0, "--beta2", 0.5, "--eps", "1e-20", steps=2)
        assert none != mean and none != square and mean != square


def test_a_template_takes_the_place_of_the_usual_prompt():
    with Folder() as folder:
        folder.write("train.json", json.dumps(exercises()))
        folder.write("template", "it {instruction} {input} is\n")
        options = ["--max-steps", 3, "--no-shuffle"]
        succeeds("finetune", *common(folder, *adapter(*options), "--output", folder / "usual", data="train.json"))
        succeeds("finetune", *common(folder, *adapter(*options), "--prompt-template", folder / "template", "--output", folder / "other",
                                     data="train.json"))
        # BOS, two markers or two words, four of the instruction, two of the response, EOS.
        assert [entry["tokens"] for entry in read_log(folder / "usual")] == [20, 20, 20]
        assert [entry["tokens"] for entry in read_log(folder / "other")] == [20, 20, 20]
        assert read_log(folder / "usual")[0]["loss"] != read_log(folder / "other")[0]["loss"]
        # The same prompt, written as a template.
        folder.write("same", "### Instruction:\n{instruction}\n\n### Response:\n{input}")
        succeeds("finetune", *common(folder, *adapter(*options), "--prompt-template", folder / "same", "--output", folder / "same_prompt",
                                     data="train.json"))
        assert [e["loss"] for e in read_log(folder / "usual")] == [e["loss"] for e in read_log(folder / "same_prompt")]


def test_the_prompts_own_tokens_count_in_the_loss_where_that_is_asked_for():
    with Folder() as folder:
        folder.write("train.json", json.dumps(exercises()))
        logs = []
        for value in ["true", "false"]:
            succeeds("finetune", *common(folder, *adapter("--max-steps", 1, "--no-shuffle"), "--train-on-inputs", value, "--output",
                                         folder / value, data="train.json"))
            logs.append(read_log(folder / value)[0])
        assert logs[0]["tokens"] == logs[1]["tokens"] and logs[0]["loss"] != logs[1]["loss"]


def test_weights_are_stored_in_bfloat16_where_that_is_asked_for():
    with Folder() as folder:
        for dtype in ["f32", "bf16"]:
            for method in ["full", "dora"]:
                more = adapter() if method == "dora" else []
                succeeds("finetune", *common(folder, *more, "--method", method, "--max-steps", 4, "--dtype", dtype, "--output",
                                             folder / f"{method}-{dtype}"))
        for method in ["full", "dora"]:
            a, b = (read_log(folder / f"{method}-{dtype}") for dtype in ["f32", "bf16"])
            assert a[0]["loss"] != b[0]["loss"] and all(math.isclose(x["loss"], y["loss"], rel_tol=0.05) for x, y in zip(a, b))
        whole = read_safetensors(folder / "full-bf16/model.safetensors")[0]
        assert {dtype for dtype, _, _ in whole.values()} == {"BF16"}
        # An adapter's small steps would be lost in bfloat16's rounding, so that its tensors are float32.
        parts = read_safetensors(folder / "dora-bf16/adapter_model.safetensors")[0]
        assert {dtype for dtype, _, _ in parts.values()} == {"F32"}


def adapter_weights(folder):
    tensors, _ = read_safetensors(folder + "/adapter_model.safetensors")
    return {name: values for name, (_, _, values) in tensors.items()}


def test_lora_plus_moves_the_matrices_b_so_many_times_as_far():
    with Folder() as folder:
        for name, more in [("one", []), ("four", ["--lora-plus", 4])]:
            succeeds("finetune", *common(folder, *adapter("--method", "lora", "--dropout", 0, "--max-steps", 1, "--output", folder / name, *more)))
        one, four = adapter_weights(folder / "one"), adapter_weights(folder / "four")
        for key, values in one.items():
            times = 4 if "lora_B" in key else 1  # AdamW's first step has the size of the rate, and B began at 0
            assert all(math.isclose(times * a, b, rel_tol=1e-5, abs_tol=1e-9) for a, b in zip(values, four[key], strict=True)), key


def test_rslora_scales_by_the_root_of_the_rank_and_says_so_to_peft():
    with Folder() as folder:
        # Rank 4: alpha over the root is twice alpha over the rank.
        for name, more in [("root", ["--alpha", 6, "--rslora"]), ("twice", ["--alpha", 12])]:
            succeeds("finetune", *common(folder, "--rank", 4, "--max-steps", 3, "--output", folder / name, *more))
        assert [step["loss"] for step in read_log(folder / "root")] == [step["loss"] for step in read_log(folder / "twice")]
        assert read_json(folder / "root/adapter_config.json")["use_rslora"] is True
        assert read_json(folder / "twice/adapter_config.json")["use_rslora"] is False
        # From that adapter on the option follows.
        succeeds("finetune", *common(folder, "--adapter", folder / "root", "--max-steps", 1, "--output", folder / "on"))
        assert read_json(folder / "on/adapter_config.json")["use_rslora"] is True
        refuses("finetune", *common(folder, "--adapter", folder / "twice", "--rslora", "--max-steps", 1, "--output", folder / "no"), says="--rslora")


def test_a_rank_above_a_weights_smaller_side_is_refused_but_for_vera():
    with Folder() as folder:
        for method, rank, says in [("dora", 17, "q_proj, [16, 16]"), ("lora", 17, "--rank 17"), ("vera", 40, None), ("dora", 16, None)]:
            options = common(folder, "--method", method, "--rank", rank, "--max-steps", 1, "--output", folder / "out")
            refuses("finetune", *options, says=says) if says else succeeds("finetune", *options)
        refuses("params", "--config", "llama-7b", "--method", "dora", "--rank", 5000, says="--rank 5000")


def test_the_norms_gradient_changes_what_dora_learns_and_nothing_else():
    with Folder() as folder:
        losses = {}
        for gradient in ["detached", "full"]:
            for method in ["dora", "lora"]:
                out = folder / f"{method}-{gradient}"
                succeeds("finetune", *common(folder, *adapter("--method", method, "--norm-gradient", gradient, "--max-steps", 6, "--output", out)))
                losses[method, gradient] = [step["loss"] for step in read_log(out)]
        assert losses["lora", "detached"] == losses["lora", "full"]
        # B begins at 0 and A's gradient through the norm is 0 with it; from the third loss on they part.
        assert losses["dora", "detached"][0] == losses["dora", "full"][0] and losses["dora", "detached"] != losses["dora", "full"], losses
