"""Numbers that are not finite: training stops before they are saved, and what holds them is refused by name."""
import glob
import math
import os

from files import make_model, read_log, read_safetensors, write_safetensors
from finetuning import adapter, common
from harness import Folder, refuses, succeeds

SAVED = ["checkpoint.state", "adapter_model.safetensors", "adapter_config.json", "model.safetensors", "config.json", "report.json"]


def with_number(path, name, value, metadata=None):
    """Puts one number into a tensor of a file."""
    tensors, metadata = read_safetensors(path)
    plain = {key: (shape, values) for key, (_, shape, values) in tensors.items()}
    shape, values = plain[name]
    write_safetensors(path, dict(plain, **{name: (shape, [value, *values[1:]])}), metadata)


def with_options(arguments, **changes):
    """The arguments of `common` with other values of options."""
    changed = list(arguments)
    for name, value in changes.items():
        changed[changed.index("--" + name.replace("_", "-")) + 1] = value
    return changed


def all_finite(folder):
    for path in glob.glob(os.path.join(folder, "**/*.safetensors"), recursive=True):
        for name, (_, _, values) in read_safetensors(path)[0].items():
            assert all(math.isfinite(value) for value in values), (path, name)


def trains_to_nothing(folder, *options, says=()):
    """A run with far too high a rate: one line of an error, and nothing saved."""
    result = refuses("finetune", *options, "--output", folder / "out", says=["not finite", "--lr", "--resume", folder / "out", *says])
    assert "goes on" not in result.err or os.path.exists(folder / "out/checkpoint.state"), result.err
    all_finite(folder / "out")
    return result


def test_a_rate_that_makes_numbers_infinite_stops_the_run_before_anything_is_saved():
    with Folder() as folder:
        for method in ["dora", "lora", "full", "vera", "magnitude"]:
            for rate in ["1e300", "1e38"]:
                more = ["--rank", 4] if method in ["dora", "lora", "vera"] else []
                base = with_options(common(folder, *more, "--method", method), lr=rate)
                trains_to_nothing(folder, *base, "--max-steps", 1 if rate == "1e300" else 9)
                if rate == "1e300":
                    assert not set(SAVED) & set(os.listdir(folder / "out")), os.listdir(folder / "out")


def test_the_last_good_checkpoint_stays_and_a_lower_rate_goes_on_from_it():
    with Folder() as folder:
        for method, weights in [("dora", "adapter_model.safetensors"), ("full", "model.safetensors")]:
            base = common(folder, *(adapter() if method == "dora" else []), "--method", method, "--output", folder / method)
            succeeds("finetune", *base, "--max-steps", 3)
            kept = {name: open(os.path.join(folder / method, name), "rb").read() for name in ["checkpoint.state", weights]}
            result = refuses("finetune", "--resume", folder / method, "--max-steps", 6, "--lr", "1e300", says=["step 4", "goes on after step 3"])
            assert all(open(os.path.join(folder / method, name), "rb").read() == bytes for name, bytes in kept.items()), result.err
            succeeds("finetune", "--resume", folder / method, "--max-steps", 6, "--lr", "1e-2")
            # As though nothing had been.
            succeeds("finetune", *base[:-1], folder / "undisturbed", "--max-steps", 6)
            whole, part = (open(os.path.join(folder / name, weights), "rb").read() for name in ["undisturbed", method])
            assert whole == part
            assert [step["loss"] for step in read_log(folder / method)] == [step["loss"] for step in read_log(folder / "undisturbed")]


def test_weights_that_are_finite_but_too_large_to_compute_with_are_not_saved():
    # After the warm-up's first step, at rate 0, the weights go where their products overflow.
    with Folder() as folder:
        options = common(folder, "--method", "full", "--max-steps", 5, "--output", folder / "out")
        refuses("finetune", *with_options(options, lr="3e37", warmup_steps=1), says=["not finite", "--resume", "goes on after step 1"])
        all_finite(folder / "out")
        succeeds("finetune", "--resume", folder / "out", "--lr", "1e-2")
        all_finite(folder / "out")
        assert len(read_log(folder / "out")) == 5


def test_a_model_with_a_number_that_is_not_finite_is_refused_by_name():
    name = "model.layers.1.mlp.up_proj.weight"
    with Folder() as folder:
        base = common(folder)
        succeeds("finetune", *base, *adapter("--max-steps", 1, "--output", folder / "adapter"))
        for value in [math.nan, math.inf, -math.inf]:
            make_model(folder / "model")
            with_number(folder / "model/model.safetensors", name, value)
            before = folder.everything()
            says = [folder / "model/model.safetensors", name, "finite"]
            refuses("finetune", *base, *adapter("--max-steps", 1, "--output", folder / "out"), says=says)
            refuses("finetune", *base, "--method", "full", "--max-steps", 0, "--output", folder / "out", says=says)
            refuses("generate", "--model", folder / "model", "--prompt", "the", says=says)
            refuses("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", folder / "out", says=says)
            assert folder.everything() == before


def test_logits_that_are_not_finite_are_neither_drawn_from_nor_written():
    with Folder() as folder:
        make_model(folder / "model")
        # Finite, and too large to compute with.
        with_number(folder / "model/model.safetensors", "model.norm.weight", 3e38)
        with_number(folder / "model/model.safetensors", "lm_head.weight", 3e38)
        before = folder.everything()
        for tokens in [0, 3]:
            refuses("generate", "--model", folder / "model", "--tokens", "1,2,3", "--print-tokens", "--max-new-tokens", tokens, "--logits",
                    folder / "logits.safetensors", says="logits")
        assert folder.everything() == before


def test_an_adapter_with_a_number_that_is_not_finite_is_refused_by_name():
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"
    with Folder() as folder:
        base = common(folder)
        succeeds("finetune", *base, *adapter("--max-steps", 1, "--output", folder / "adapter"))
        with_number(folder / "adapter/adapter_model.safetensors", name, math.nan)
        before = folder.everything()
        given = ["--model", folder / "model", "--adapter", folder / "adapter"]
        says = [folder / "adapter/adapter_model.safetensors", name, "finite"]
        refuses("finetune", *base, "--adapter", folder / "adapter", "--max-steps", 1, "--output", folder / "out", says=says)
        refuses("generate", *given, "--prompt", "the", says=says)
        refuses("merge", *given, "--output", folder / "out", says=says)
        assert folder.everything() == before


def test_merging_that_overflows_the_dtype_is_refused_and_writes_nothing():
    # Both files are finite; their product is beyond float32.
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--max-steps", 1, "--method", "lora", "--output", folder / "adapter")))
        path = folder / "adapter/adapter_model.safetensors"
        for matrix in ["A", "B"]:
            with_number(path, f"base_model.model.model.layers.0.self_attn.q_proj.lora_{matrix}.weight", 1e30)
        before = folder.everything()
        refuses("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", folder / "out",
                says=["model.layers.0.self_attn.q_proj.weight", "finite"])
        assert folder.everything() == before
