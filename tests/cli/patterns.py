"""How far training moves weights: patterns, and finetune --watch-patterns, against plain loops over the files."""
import json
import math
import re

from files import LAYERS, read_log, read_safetensors
from finetuning import MODULES, adapter, common
from harness import Folder, refuses, succeeds


def weights(folder):
    """module -> rows of its weight, of the matrices in a model's folder."""
    tensors, _ = read_safetensors(folder + "/model.safetensors")
    return {name.removesuffix(".weight"): [values[i:i + shape[1]] for i in range(0, len(values), shape[1])]
            for name, (_, shape, values) in tensors.items() if len(shape) == 2}


def change(before, after):
    """Equations 3 and 4 of the paper, for rows."""
    lengths, turns = [], []
    for w, v in zip(before, after, strict=True):
        ww, vv, wv = (sum(a * b for a, b in zip(x, y)) for x, y in [(w, w), (v, v), (w, v)])
        lengths.append(abs(math.sqrt(vv) - math.sqrt(ww)))
        turns.append(1 - wv / math.sqrt(ww * vv))
    return sum(lengths) / len(lengths), sum(turns) / len(turns)


def agree(entry, expected):
    assert math.isclose(entry["magnitude"], expected[0], rel_tol=1e-3, abs_tol=1e-6), (entry, expected)
    assert math.isclose(entry["direction"], expected[1], rel_tol=1e-3, abs_tol=1e-6), (entry, expected)


def test_patterns_of_two_models_and_of_an_adapter_are_those_of_plain_loops():
    with Folder() as folder:
        succeeds("finetune", *common(folder, "--method", "full", "--max-steps", 3, "--output", folder / "full"))
        succeeds("finetune", *common(folder, *adapter("--max-steps", 3, "--output", folder / "dora")))
        succeeds("merge", "--model", folder / "model", "--adapter", folder / "dora", "--output", folder / "merged")
        before = weights(folder / "model")
        for tuned in ["full", "merged", "dora"]:
            found = json.loads(succeeds("patterns", "--base", folder / "model", "--tuned", folder / tuned, "--json").out)
            after = weights(folder / ("merged" if tuned == "dora" else tuned))
            changed = {name for name in before if before[name] != after[name]}
            assert set(found["modules"]) == changed and len(changed) >= 5 * LAYERS, found
            for name, entry in found["modules"].items():
                agree(entry, change(before[name], after[name]))
        text = succeeds("patterns", "--base", folder / "model", "--tuned", folder / "full", "--modules", "q_proj,v_proj").out
        assert text.count("q_proj") == LAYERS + 1 and "up_proj" not in text and "correlation" in text, text
        same = succeeds("patterns", "--base", folder / "model", "--tuned", folder / "model").out
        assert same == "no weight has changed\n", same


def test_patterns_says_what_it_cannot_compare():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--max-steps", 1, "--output", folder / "out")))
        refuses("patterns", "--tuned", folder / "out", says="--base")
        refuses("patterns", "--base", folder / "model", says="--tuned")
        refuses("patterns", "--base", folder / "model", "--tuned", folder / "none", says="no such folder")
        refuses("patterns", "--base", folder / "model", "--tuned", folder / "out", "--modules", "o_proj", says="o_proj")
        refuses("patterns", "--base", folder / "model", "--tuned", folder / "model", "--modules", "none", says="no weight of the modules")
        refuses("patterns", "--base", "tiny", "--tuned", folder / "model", says="--base tiny")


def test_watched_patterns_end_where_the_weights_end():
    with Folder() as folder:
        for method in ["full", "lora", "dora"]:
            out = folder / method
            succeeds("finetune", *common(folder, *adapter("--method", method, "--max-steps", 4, "--watch-patterns", "--output", out)))
            log = read_log(out)
            assert all(len(step["changes"]) == 5 * LAYERS for step in log), log
            tuned = out
            found = json.loads(succeeds("patterns", "--base", folder / "model", "--tuned", tuned, "--json").out)["modules"]
            for name, entry in log[-1]["changes"].items():
                assert name.rsplit(".", 1)[-1] in MODULES
                agree(entry, (found[name]["magnitude"], found[name]["direction"]))
            turns = [step["changes"]["model.layers.0.self_attn.q_proj"]["direction"] for step in log]
            assert turns == sorted(turns) and turns[-1] > 0, turns
            html = open(out + "/report.html").read()
            assert len(re.findall("<svg", html)) == 3 and "change of direction by step" in html


def test_a_watched_run_goes_on_with_what_it_noted():
    with Folder() as folder:
        whole, part = folder / "whole", folder / "part"
        succeeds("finetune", *common(folder, *adapter("--max-steps", 6, "--watch-patterns", "--output", whole)))
        succeeds("finetune", *common(folder, *adapter("--max-steps", 3, "--watch-patterns", "--output", part)))
        succeeds("finetune", "--resume", part, "--max-steps", 6)
        assert [step["changes"] for step in read_log(part)] == [step["changes"] for step in read_log(whole)]
        plain = folder / "plain"
        succeeds("finetune", *common(folder, *adapter("--max-steps", 2, "--output", plain)))
        assert all("changes" not in step for step in read_log(plain))
