"""finetune on a model of two layers: its files, resuming, evaluation, and what it refuses."""
import json
import math
import os
import re
import signal
import subprocess
import time

import harness
from files import DOCUMENTS, LAYERS, MLP, WIDTH, exercises, make_model, parameters, read_json, read_log, read_safetensors
from harness import Folder, refuses, run, succeeds

RANK = 4
MODULES = ["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"]
LORA = LAYERS * (3 * RANK * 2 * WIDTH + 2 * RANK * (WIDTH + MLP))
MAGNITUDES = LAYERS * (3 * WIDTH + MLP + WIDTH)


def common(folder, *more, batch=2, data="lines.txt"):
    """Arguments of a short run on documents."""
    if not os.path.exists(folder / "model"):
        make_model(folder / "model")
        folder.write("lines.txt", DOCUMENTS)
    return ["--model", folder / "model", "--data", folder / data, "--batch-size", batch, "--scheduler", "constant",
            "--warmup-steps", 0, "--lr", "1e-2", "--threads", 1, *more]


def adapter(*more):
    return ["--rank", RANK, "--alpha", 6, *more]


def test_a_run_leaves_adapter_log_and_reports():
    with Folder() as folder:
        result = succeeds("finetune", *common(folder, *adapter("--max-steps", 4, "--output", folder / "out")))
        assert "DoRA r=4" in result.out, result.out
        log = read_log(folder / "out")
        assert [entry["step"] for entry in log] == [1, 2, 3, 4]
        for entry in log:
            assert set(entry) == {"step", "loss", "lr", "grad_norm", "tokens", "seconds"}, entry
            assert entry["lr"] == 0.01 and entry["grad_norm"] > 0 and entry["seconds"] > 0 and isinstance(entry["tokens"], int)
            assert 0 < entry["loss"] < 20
        # Two documents of four or five words each, with BOS and EOS.
        assert all(12 <= entry["tokens"] <= 14 for entry in log), log
        [report] = read_json(folder / "out/report.json")["runs"]
        for key in ["method", "rank", "trainable_parameters", "total_parameters", "trainable_percent", "final_loss", "accuracy",
                    "seconds", "tokens_per_second", "peak_memory_bytes", "seed"]:
            assert key in report, key
        assert report["method"] == "dora" and report["rank"] == RANK and report["seed"] == 0 and report["accuracy"] == {}
        assert report["trainable_parameters"] == LORA + MAGNITUDES
        assert report["total_parameters"] == parameters() + LORA + MAGNITUDES
        assert math.isclose(report["trainable_percent"], 100 * report["trainable_parameters"] / report["total_parameters"])
        assert report["final_loss"] == log[-1]["loss"] and report["peak_memory_bytes"] > 4 * parameters()
        html = open(folder / "out/report.html").read()
        assert "<svg" in html and "prefers-color-scheme: dark" in html and not re.search(r'(src|href)="', html)
        config = read_json(folder / "out/adapter_config.json")
        assert config["peft_type"] == "LORA" and config["use_dora"] is True and config["r"] == RANK and config["lora_alpha"] == 6
        assert sorted(config["target_modules"]) == sorted(MODULES) and config["lora_dropout"] == 0.05
        tensors, _ = read_safetensors(folder / "out/adapter_model.safetensors")
        assert len(tensors) == 3 * 5 * LAYERS and all(name.startswith("base_model.model.model.layers.") for name in tensors)
        assert sum(len(values) for _, _, values in tensors.values()) == LORA + MAGNITUDES


def test_every_method_trains_what_it_says():
    # VeRA trains a vector of the rank and one of the outputs for each module.
    vera = LAYERS * (5 * RANK + 3 * WIDTH + MLP + WIDTH)
    wanted = {"full": parameters(), "lora": LORA, "dora": LORA + MAGNITUDES, "vera": vera, "dvora": vera + MAGNITUDES,
              "magnitude": MAGNITUDES}
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--method", ",".join(wanted), "--max-steps", 5, "--output", folder / "out")))
        runs = read_json(folder / "out/report.json")["runs"]
        assert [run["method"] for run in runs] == list(wanted)
        for report in runs:
            assert report["trainable_parameters"] == wanted[report["method"]], report
            log = read_log(os.path.join(folder / "out", report["method"]))
            assert log[0]["grad_norm"] > 0 and len(log) == 5
            files = os.listdir(os.path.join(folder / "out", report["method"]))
            wanted_file = "model.safetensors" if report["method"] == "full" else "adapter_model.safetensors"
            assert wanted_file in files and "log.jsonl" in files, files
        assert {"config.json", "vocabulary.txt"} <= set(os.listdir(folder / "out/full"))


def test_the_gradient_does_not_depend_on_how_a_batch_is_cut():
    with Folder() as folder:
        for dropout in [0, 0.3]:
            base = common(folder, *adapter("--dropout", dropout, "--max-steps", 3, "--no-shuffle"), batch=4)
            succeeds("finetune", *base, "--output", folder / "whole")
            succeeds("finetune", *base, "--micro-batch-size", 3, "--output", folder / "cut")
            for a, b in zip(read_log(folder / "whole"), read_log(folder / "cut")):
                assert math.isclose(a["loss"], b["loss"], rel_tol=1e-5), (a, b)
                assert math.isclose(a["grad_norm"], b["grad_norm"], rel_tol=1e-4), (a, b)
                assert a["tokens"] == b["tokens"]


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    with Folder() as folder:
        for name, seed in [("a", 5), ("b", 5), ("c", 6)]:
            succeeds("finetune", *common(folder, *adapter("--max-steps", 4, "--seed", seed, "--output", folder / name)))
        read = lambda name: open(os.path.join(folder / name, "adapter_model.safetensors"), "rb").read()
        assert read("a") == read("b") and read("a") != read("c")


def test_going_on_gives_the_same_bits_as_never_stopping():
    for method in ["dora", "full"]:
        more = adapter() if method == "dora" else []
        file = "adapter_model.safetensors" if method == "dora" else "model.safetensors"
        with Folder() as folder:
            base = common(folder, *more, "--method", method)
            succeeds("finetune", *base, "--max-steps", 9, "--output", folder / "whole")
            succeeds("finetune", *base, "--max-steps", 4, "--output", folder / "part")
            # The options of the first part hold.
            succeeds("finetune", "--resume", folder / "part", "--max-steps", 9)
            whole, part = os.path.join(folder / "whole", file), os.path.join(folder / "part", file)
            assert open(whole, "rb").read() == open(part, "rb").read()
            a, b = read_log(folder / "whole"), read_log(folder / "part")
            assert [(e["step"], e["loss"], e["grad_norm"]) for e in a] == [(e["step"], e["loss"], e["grad_norm"]) for e in b]


def test_a_run_that_was_killed_goes_on_to_the_same_bits():
    with Folder() as folder:
        base = common(folder, *adapter("--max-steps", 300))
        succeeds("finetune", *base, "--output", folder / "whole", timeout=1200)
        command = harness.command("finetune", *base, "--output", folder / "part")
        for _ in range(3):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            until = time.time() + 60
            log, before = os.path.join(folder / "part", "log.jsonl"), None
            while process.poll() is None and time.time() < until:
                lines = open(log).read().count("\n") if os.path.exists(log) else 0
                before = lines if before is None and lines else before
                if before is not None and lines >= min(before + 20, 299):
                    break
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            command = harness.command("finetune", "--resume", folder / "part")
        succeeds("finetune", "--resume", folder / "part", timeout=1200)
        whole, part = (os.path.join(folder / name, "adapter_model.safetensors") for name in ["whole", "part"])
        assert open(whole, "rb").read() == open(part, "rb").read()
        assert [entry["step"] for entry in read_log(folder / "part")] == list(range(1, 301))


def test_a_fresh_run_does_not_go_on_from_what_an_earlier_one_left():
    with Folder() as folder:
        base = common(folder, *adapter("--method", "lora,dora", "--output", folder / "out"))
        succeeds("finetune", *base, "--max-steps", 3)
        # An error in what the new run names leaves the earlier one as it is.
        before = folder.everything()
        refuses("finetune", *base, "--max-steps", 3, "--eval", folder / "none", says="none")
        assert folder.everything() == before
        # The new run ends in its first method: its log can't be written.
        os.remove(folder / "out/lora/log.jsonl")
        os.mkdir(folder / "out/lora/log.jsonl")
        folder.write("out/lora/log.jsonl/in_the_way", "")
        refuses("finetune", *base, "--max-steps", 4, says="log.jsonl")
        assert not os.path.exists(folder / "out/dora/checkpoint.state")
        assert not os.path.exists(folder / "out/report.json")


def test_going_on_with_other_methods_is_refused():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--method", "lora,dora", "--max-steps", 2, "--output", folder / "out")))
        before = folder.everything()
        refuses("finetune", "--resume", folder / "out", "--method", "dora", says=["lora,dora", "dora"])
        assert folder.everything() == before


def test_a_model_is_not_overwritten_by_its_own_fine_tuning():
    with Folder() as folder:
        base = common(folder, "--method", "full", "--max-steps", 1)
        before = folder.everything()
        refuses("finetune", *base, "--output", folder / "model", says="--model")
        assert folder.everything() == before


def test_options_that_a_method_has_no_use_for_are_noted():
    with Folder() as folder:
        result = succeeds("finetune", *common(folder, "--method", "full", "--rank", 3, "--max-steps", 1, "--output", folder / "out"))
        assert "note" in result.err and "--rank" in result.err, result.err


def test_an_adapter_is_what_a_run_starts_from():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--max-steps", 3, "--output", folder / "first")))
        succeeds("finetune", *common(folder, "--adapter", folder / "first", "--max-steps", 0, "--output", folder / "second"))
        first, second = (read_safetensors(os.path.join(folder / name, "adapter_model.safetensors"))[0] for name in ["first", "second"])
        assert first == second
        [report] = read_json(folder / "second/report.json")["runs"]
        assert report["method"] == "dora" and report["rank"] == RANK
        with_other = common(folder, "--adapter", folder / "first", "--output", folder / "third")
        refuses("finetune", *with_other, "--rank", 5, says="--rank")
        refuses("finetune", *with_other, "--method", "lora", says="--method")
        assert not os.path.exists(folder / "third")


def test_accuracy_is_told_by_task_and_on_average():
    with Folder() as folder:
        folder.write("train.json", json.dumps(exercises()))
        folder.write("train.jsonl", "".join(json.dumps(one) + "\n" for one in exercises()))
        folder.write("eval/first/test.json", json.dumps(exercises(4)))
        folder.write("eval/second/test.json", json.dumps(exercises(6)))
        more = ["--method", "full", "--max-steps", 60, "--train-on-inputs", "false"]
        succeeds("finetune", *common(folder, *more, "--eval", folder / "eval", "--output", folder / "a", batch=6, data="train.json"))
        accuracy = read_json(folder / "a/report.json")["runs"][0]["accuracy"]
        assert set(accuracy) == {"first", "second", "average"}, accuracy
        # Six questions are learned by heart in sixty steps: what is trained on and what is asked are put alike.
        assert accuracy["first"] == 1 and accuracy["second"] == 1 and accuracy["average"] == 1, accuracy
        succeeds("finetune", *common(folder, *more, "--eval", folder / "train.json", "--output", folder / "b", batch=6, data="train.jsonl"))
        assert [e["loss"] for e in read_log(folder / "a")] == [e["loss"] for e in read_log(folder / "b")]
        assert set(read_json(folder / "b/report.json")["runs"][0]["accuracy"]) == {"train", "average"}


def test_damaged_and_missing_files_are_named():
    with Folder() as folder:
        base = common(folder, *adapter("--max-steps", 2))
        at = base.index("--data")
        no_data = base[:at] + base[at + 2:]
        out = ["--output", folder / "out"]
        before = folder.everything()
        refuses("finetune", *base, *out, "--target-modules", "q_proj,nothing", says="nothing")
        refuses("finetune", *base, *out, "--eval", folder / "none", says="none")
        refuses("finetune", *base, *out, "--adapter", folder / "none", says="none")
        refuses("finetune", *base, *out, "--prompt-template", folder / "none", "--eval", folder / "e", says="none")
        refuses("finetune", *no_data, *out, "--data", folder / "none.txt", says="none.txt")
        refuses("finetune", *no_data, *out, "--data", folder / "model", says="model")
        refuses("finetune", "--resume", folder / "model", says="--resume")
        refuses("finetune", *base, "--output", folder / "lines.txt", says="--output")
        assert folder.everything() == before
        bad = {
            "empty.json": "", "cut.json": '[{"instruction": "a", "outp', "object.json": "{}", "none.json": "[]",
            "number.json": '[{"instruction": 3, "output": "the"}]', "missing.json": '[{"instruction": "the"}]',
            "deep.json": "[" * 100000, "twice.json": '[{"instruction": "a", "instruction": "b", "output": "c"}]',
            "bytes.json": b'[{"instruction": "\xff", "output": "the"}]', "cut.jsonl": '{"instruction": "the", "output": "is"}\n{"a',
            "empty.txt": "\n\n", "bytes.txt": b"the \xff\n", "words.txt": "the nonsense\n", "name.csv": "the\n",
        }
        for name, content in bad.items():
            path = folder.write("bad/" + name, content)
            refuses("finetune", *no_data, *out, "--data", path, says=name)
            assert not os.path.exists(folder / "out"), name
        question = dict(exercises(1)[0], answer="perhaps")
        path = folder.write("bad/answer.json", json.dumps([question]))
        refuses("finetune", *base, *out, "--eval", path, says="answer.json")
        refuses("finetune", *base, *out, "--eval", folder / "lines.txt", says="lines.txt")
        weights = open(folder / "model/model.safetensors", "rb").read()
        config = open(folder / "model/config.json").read()
        for name, content in [("model.safetensors", weights[:-3]), ("model.safetensors", b"\xff" * 64), ("model.safetensors", b""),
                              ("config.json", config.replace("16", "-16")), ("config.json", config[:-9]),
                              ("config.json", config.replace('"vocab_size": 20', '"vocab_size": 21')),
                              ("vocabulary.txt", "the\nthe\nis\nit\n")]:
            kept = open(os.path.join(folder / "model", name), "rb").read()
            folder.write("model/" + name, content)
            refuses("finetune", *base, *out, says="model")
            folder.write("model/" + name, kept)
            assert not os.path.exists(folder / "out"), name
        succeeds("finetune", *base, *out)
        tensors = open(folder / "out/adapter_model.safetensors", "rb").read()
        folder.write("out/adapter_model.safetensors", tensors[:-4])
        refuses("finetune", *base, "--adapter", folder / "out", "--output", folder / "new", says="adapter_model.safetensors")
        assert not os.path.exists(folder / "new")


def test_a_damaged_checkpoint_is_named():
    with Folder() as folder:
        base = common(folder, *adapter("--max-steps", 3, "--output", folder / "out"))
        succeeds("finetune", *base)
        raw = open(folder / "out/checkpoint.state", "rb").read()
        for content in [raw[:-1], raw[:len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1:], b""]:
            folder.write("out/checkpoint.state", content)
            refuses("finetune", "--resume", folder / "out", "--max-steps", 5, says="checkpoint.state")
        folder.write("out/checkpoint.state", raw)
        refuses("finetune", "--resume", folder / "out", "--max-steps", 5, "--rank", 8, says="checkpoint.state")
        refuses("finetune", "--resume", folder / "out", "--max-steps", 2, says="checkpoint.state")
        succeeds("finetune", "--resume", folder / "out", "--max-steps", 5)


def test_fine_tuning_of_a_real_model_takes_the_steps_that_pytorch_takes():
    if not harness.SHARED or not os.path.exists(os.path.join(harness.SHARED, "reference/model")):
        return
    reference = os.path.join(harness.SHARED, "reference/model")
    with Folder() as folder:
        for method in ["lora", "dora"]:
            succeeds("finetune", "--model", os.path.join(harness.SHARED, "models/stories260k"), "--data",
                     os.path.join(reference, "lines.txt"), "--adapter", os.path.join(reference, f"init_{method}"), "--batch-size", 4,
                     "--max-steps", 4, "--scheduler", "constant", "--warmup-steps", 0, "--lr", "1e-3", "--no-shuffle", "--threads", 1,
                     "--output", folder / method)
            wanted = read_json(os.path.join(reference, f"trajectory_{method}.json"))
            log = read_log(folder / method)
            for entry, loss, norm in zip(log, wanted["loss"], wanted["grad_norm"]):
                assert abs(entry["loss"] - loss) < 1e-5 and abs(entry["grad_norm"] - norm) < 1e-4, (method, entry, loss, norm)
            trained, _ = read_safetensors(os.path.join(folder / method, "adapter_model.safetensors"))
            truth, _ = read_safetensors(os.path.join(reference, f"trained_{method}.safetensors"))
            assert len(log) == 4 and trained.keys() == truth.keys(), trained.keys() ^ truth.keys()
