"""Fine-tuning on a quantized base: qlora, qdora and --quantize, against NF4 and int8 by plain loops."""
import json
import math

from files import LAYERS, exercises, parameters, read_json, read_log, read_safetensors, write_safetensors
from finetuning import LORA, MAGNITUDES, RANK, adapter, common
from harness import Folder, refuses, succeeds

# QLoRA, appendix E.
LEVELS = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
          -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
          0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]


def quantized(shape, values, levels):
    """The numbers of a matrix after quantization. Its rows are no longer than a block, and there is no more than one group of blocks."""
    rows, columns = shape
    assert columns <= 64 and rows <= 256
    group_scale, result = max(abs(value) for value in values), []
    for row in (values[i:i + columns] for i in range(0, len(values), columns)):
        largest = max(abs(value) for value in row)
        scale = next(group_scale * (q / 255) ** 2 for q in range(256) if group_scale * (q / 255) ** 2 >= largest * (1 - 1e-7))
        result += [min((scale * level for level in levels), key=lambda level: abs(level - value)) for value in row]
    return result


def quantize_model(folder, name, levels):
    """A copy of the model in which weights are the numbers that their codes stand for."""
    common(folder)
    tensors, _ = read_safetensors(folder / "model/model.safetensors")
    changed = {key: (shape, quantized(shape, values, levels) if key.endswith("_proj.weight") else values)
               for key, (_, shape, values) in tensors.items()}
    folder.write(name + "/config.json", open(folder / "model/config.json").read())
    folder.write(name + "/vocabulary.txt", open(folder / "model/vocabulary.txt").read())
    write_safetensors(folder / name + "/model.safetensors", changed)


def losses(folder):
    return [step["loss"] for step in read_log(folder)]


def test_a_quantized_base_trains_as_a_plain_one_of_the_same_numbers():
    with Folder() as folder:
        for format, levels in [("nf4", LEVELS), ("int8", [code / 127 for code in range(-127, 128)])]:
            quantize_model(folder, format, levels)
            for method in ["lora", "dora", "vera"]:
                plain, codes = folder / f"{method}-{format}-plain", folder / f"{method}-{format}"
                base = common(folder, *adapter("--method", method, "--max-steps", 5))
                succeeds("finetune", *base, "--quantize", format, "--output", codes)
                base[base.index("--model") + 1] = folder / format
                succeeds("finetune", *base, "--output", plain)
                assert all(math.isclose(a, b, rel_tol=2e-5) for a, b in zip(losses(codes), losses(plain), strict=True)), (losses(codes), losses(plain))


def test_qlora_and_qdora_train_report_and_leave_peft_folders():
    with Folder() as folder:
        folder.write("train.json", json.dumps(exercises()))
        base = common(folder, *adapter("--method", "qlora,qdora,dora", "--max-steps", 12), data="train.json")
        result = succeeds("finetune", *base, "--eval", folder / "train.json", "--output", folder / "out")
        assert "QLoRA r=4" in result.out and "QDoRA r=4" in result.out and "\nDoRA r=4" in result.out, result.out
        qlora, qdora, dora = read_json(folder / "out/report.json")["runs"]
        assert [run["method"] for run in (qlora, qdora, dora)] == ["qlora", "qdora", "dora"]
        assert qlora["quantized"] == qdora["quantized"] == "nf4" and "quantized" not in dora
        for run, trained in [(qlora, LORA), (qdora, LORA + MAGNITUDES), (dora, LORA + MAGNITUDES)]:
            assert run["trainable_parameters"] == trained and run["total_parameters"] == parameters() + trained, run
            assert set(run["accuracy"]) == {"train", "average"}
            log = losses(folder / "out/" + run["method"])
            assert log[-1] < log[0]
        assert losses(folder / "out/qdora") != losses(folder / "out/dora")
        config = read_json(folder / "out/qdora/adapter_config.json")
        assert config["peft_type"] == "LORA" and config["use_dora"] is True and config["r"] == RANK
        tensors, _ = read_safetensors(folder / "out/qdora/adapter_model.safetensors")
        assert len(tensors) == 3 * 5 * LAYERS
        # The folder is an adapter like any other, on the quantized model or the plain one.
        for more in [[], ["--quantize", "nf4"]]:
            succeeds("generate", "--model", folder / "model", "--adapter", folder / "out/qdora", "--prompt", "the cat", *more)
        succeeds("finetune", *common(folder, "--method", "qdora", "--adapter", folder / "out/qdora", "--max-steps", 1, "--output", folder / "on"))
        assert read_json(folder / "on/report.json")["runs"][0]["quantized"] == "nf4"
        refuses("finetune", *common(folder, "--method", "qlora", "--adapter", folder / "out/qdora", "--output", folder / "no"), says="--method")
        refuses("generate", "--model", folder / "model", "--adapter", folder / "out/qdora", "--merge", "--quantize", "nf4", "--prompt", "the",
                says="--merge")


def test_the_names_mean_the_option():
    with Folder() as folder:
        runs = {"name": ["--method", "qdora"], "option": ["--method", "dora", "--quantize", "nf4"], "other": ["--method", "qdora", "--quantize", "int8"]}
        for name, more in runs.items():
            out = succeeds("finetune", *common(folder, *adapter(*more, "--max-steps", 3, "--output", folder / name))).out
            assert "QDoRA r=4" in out, out
        assert losses(folder / "name") == losses(folder / "option") != losses(folder / "other")
        assert read_json(folder / "other/report.json")["runs"][0]["quantized"] == "int8"


def test_a_quantized_run_goes_on_to_the_same_bits_and_with_no_other_weights():
    with Folder() as folder:
        base = common(folder, *adapter("--method", "qdora"))
        succeeds("finetune", *base, "--max-steps", 6, "--output", folder / "whole")
        succeeds("finetune", *base, "--max-steps", 3, "--output", folder / "part")
        for other in [["--quantize", "int8"], ["--method", "dora"]]:
            refuses("finetune", "--resume", folder / "part", *other, "--max-steps", 6, says=other[0])
        succeeds("finetune", "--resume", folder / "part", "--max-steps", 6)
        whole, part = (open(folder / name + "/adapter_model.safetensors", "rb").read() for name in ["whole", "part"])
        assert whole == part and losses(folder / "whole") == losses(folder / "part")


def test_patterns_are_watched_on_a_quantized_base():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--method", "qdora", "--max-steps", 4, "--watch-patterns", "--output", folder / "out")))
        assert all(len(step["changes"]) == 5 * LAYERS for step in read_log(folder / "out"))
        assert read_log(folder / "out")[-1]["changes"]["model.layers.0.self_attn.q_proj"]["direction"] > 0


def test_a_base_with_a_number_that_is_not_finite_is_refused_by_name():
    with Folder() as folder:
        common(folder)
        tensors, _ = read_safetensors(folder / "model/model.safetensors")
        tensors = {key: (shape, values) for key, (_, shape, values) in tensors.items()}
        key = "model.layers.1.mlp.up_proj.weight"
        shape, values = tensors[key]
        write_safetensors(folder / "model/model.safetensors", dict(tensors, **{key: (shape, [math.nan, *values[1:]])}))
        refuses("finetune", *common(folder, *adapter("--method", "qlora", "--output", folder / "out")), says=["model.layers.1.mlp.up_proj", "finite"])
