"""What finetune measures on documents that it doesn't train on, and what it does with that."""
import math
import os

from files import read_json, read_log, read_safetensors
from finetuning import adapter, common
from harness import Folder, refuses, succeeds

HELD_OUT = "the cat is small\nit is the big dog it is\n"


def options(folder, *more):
    folder.write("held_out.txt", HELD_OUT)
    return common(folder, *adapter("--eval-data", folder / "held_out.txt", "--eval-every", 2, *more))


def evaluations(folder):
    return {entry["step"]: entry["eval_loss"] for entry in read_log(folder) if "eval_loss" in entry}


def test_documents_held_out_are_measured_now_and_then_and_at_the_end():
    with Folder() as folder:
        result = succeeds("finetune", *options(folder, "--max-steps", 5, "--output", folder / "out"))
        measured = evaluations(folder / "out")
        assert list(measured) == [2, 4, 5], measured
        for entry in read_log(folder / "out"):
            if "eval_loss" in entry:
                assert math.isclose(entry["eval_perplexity"], math.exp(entry["eval_loss"]))
                assert f"step {entry['step']}: eval loss {entry['eval_loss']:.4f}, perplexity" in result.err, result.err
        [report] = read_json(folder / "out/report.json")["runs"]
        assert report["eval_loss"] == measured[5] and report["eval_step"] == 5
        assert math.isclose(report["eval_perplexity"], math.exp(measured[5]))
        html = open(folder / "out/report.html").read()
        assert html.count("<svg") == 2 and f"{measured[5]:.4f}" in html and "eval loss" in result.out
        # Training is the same without it.
        succeeds("finetune", *common(folder, *adapter("--max-steps", 5, "--output", folder / "without")))
        assert [e["loss"] for e in read_log(folder / "out")] == [e["loss"] for e in read_log(folder / "without")]
        # Unless said otherwise, once an epoch of five documents.
        folder.write("five.txt", HELD_OUT)
        succeeds("finetune", *common(folder, *adapter("--epochs", 2, "--eval-data", folder / "five.txt", "--output", folder / "usual")))
        assert list(evaluations(folder / "usual")) == [3, 5]


def test_the_mean_is_over_tokens_and_not_over_documents_or_batches():
    with Folder() as folder:
        losses = {}
        for name, lines in [("short", "the cat\n"), ("long", "the dog is it the ball is big\n"), ("both", "the cat\nthe dog is it the ball is big\n")]:
            folder.write("held_out.txt", lines)
            for size in [1, 2]:
                succeeds("finetune", *common(folder, "--method", "full", "--max-steps", 0, "--eval-data", folder / "held_out.txt",
                                             "--micro-batch-size", size, "--output", folder / "out"))
                loss = read_json(folder / "out/report.json")["runs"][0]["eval_loss"]
                assert math.isclose(losses.setdefault(name, loss), loss, rel_tol=1e-5)
        # Every word is a token; with EOS 3 and 9 of them are predicted.
        assert math.isclose(losses["both"], (3 * losses["short"] + 9 * losses["long"]) / 12, rel_tol=1e-5), losses


def test_the_best_parameters_are_saved_where_that_is_asked_for_and_patience_ends_a_run():
    with Folder() as folder:
        # At such a rate the loss goes up again soon.
        more = ["--max-steps", 40, "--lr", "1"]
        base = [word for word in options(folder) if word != "1e-2"]
        del base[base.index("--lr")]
        result = succeeds("finetune", *base, *more, "--keep-best", "--patience", 2, "--output", folder / "best")
        measured = evaluations(folder / "best")
        best = min(measured, key=measured.get)
        assert max(measured) == best + 4 < 40, measured
        assert f"ended after step {best + 4} of 40" in result.err, result.err
        [report] = read_json(folder / "best/report.json")["runs"]
        assert report["eval_loss"] == measured[best] and report["eval_step"] == best
        # The same as a run that ends there.
        succeeds("finetune", *base, "--lr", "1", "--max-steps", best, "--output", folder / "there")
        weights = [read_safetensors(folder / name + "/adapter_model.safetensors")[0] for name in ["best", "there"]]
        assert weights[0] == weights[1]
        # With the adapter that was saved, the loss is the one in the report.
        succeeds("finetune", "--model", folder / "model", "--data", folder / "lines.txt", "--eval-data", folder / "held_out.txt", "--adapter",
                 folder / "best", "--max-steps", 0, "--threads", 1, "--output", folder / "again")
        assert math.isclose(read_json(folder / "again/report.json")["runs"][0]["eval_loss"], measured[best], rel_tol=1e-5)


def test_a_run_that_goes_on_evaluates_as_if_it_had_never_stopped():
    with Folder() as folder:
        base = options(folder, "--keep-best")
        succeeds("finetune", *base, "--max-steps", 8, "--output", folder / "whole")
        succeeds("finetune", *base, "--max-steps", 4, "--output", folder / "part")
        folder.write("other.txt", "the dog is blue\n")
        refuses("finetune", "--resume", folder / "part", "--max-steps", 8, "--eval-data", folder / "other.txt", says="--eval-data")
        succeeds("finetune", "--resume", folder / "part", "--max-steps", 8)
        assert evaluations(folder / "part") == evaluations(folder / "whole")
        for file in ["adapter_model.safetensors"]:
            assert open(os.path.join(folder / "part", file), "rb").read() == open(os.path.join(folder / "whole", file), "rb").read()


def test_what_depends_on_an_evaluation_asks_for_documents():
    with Folder() as folder:
        for option in [["--keep-best"], ["--patience", 3], ["--eval-every", 3]]:
            refuses("finetune", *common(folder, *option), "--output", folder / "out", says=f"{option[0]}: goes with --eval-data")
        refuses("finetune", *common(folder, "--eval-data", folder / "none.txt"), "--output", folder / "out", says="--eval-data")
