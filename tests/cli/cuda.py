"""The same job on the CPU and on a GPU: the same steps, the same answers."""
import math

from files import LAYERS, parameters, read_json, read_log, read_safetensors
from finetuning import adapter, common
from harness import Folder, succeeds


def close(a, b, tolerance):
    return all(math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance) for x, y in zip(a, b, strict=True))


def test_fine_tuning_takes_the_steps_that_it_takes_on_the_cpu():
    with Folder() as folder:
        for method in ["full", "lora", "dora"]:
            logs = []
            for device in ["cpu", "cuda"]:
                options = adapter("--method", method, "--max-steps", 5, "--output", folder / f"{method}-{device}", "--device", device)
                succeeds("finetune", *common(folder, *options))
                logs.append(read_log(folder / f"{method}-{device}"))
            on_cpu, on_cuda = logs
            assert close([step["loss"] for step in on_cuda], [step["loss"] for step in on_cpu], 1e-4), logs
            assert close([step["grad_norm"] for step in on_cuda], [step["grad_norm"] for step in on_cpu], 1e-3), logs


def test_dropouts_masks_are_the_cpus_so_that_two_devices_differ_by_rounding_alone():
    with Folder() as folder:
        weights = []
        for device in ["cpu", "cuda"]:
            options = adapter("--dropout", 0.5, "--max-steps", 3, "--output", folder / device, "--device", device)
            succeeds("finetune", *common(folder, *options))
            tensors, _ = read_safetensors(folder / device + "/adapter_model.safetensors")
            weights.append({name: values for name, (_, _, values) in tensors.items()})
        assert len(weights[0]) == 3 * 5 * LAYERS
        for name, values in weights[0].items():
            assert close(values, weights[1][name], 2e-3), name


def test_a_run_on_the_gpu_goes_on_from_its_checkpoint_to_the_same_bits():
    with Folder() as folder:
        def train(name, steps, *more):
            succeeds("finetune", *common(folder, *adapter("--max-steps", steps, "--output", folder / name, *more)))
            with open(folder / name + "/adapter_model.safetensors", "rb") as file:
                return [step["loss"] for step in read_log(folder / name)], file.read()

        whole = train("whole", 6)
        assert train("again", 6) == whole
        losses, _ = train("part", 3)
        assert losses == whole[0][:3]
        assert train("part", 6, "--resume", folder / "part") == whole


def test_recorded_passes_take_the_steps_of_direct_ones():
    with Folder() as folder:
        losses, weights = [], []
        for more in [[], ["--cuda-graphs"]]:
            out = folder / ("recorded" if more else "direct")
            options = adapter("--dropout", 0.5, "--max-steps", 8, "--clip-grad-norm", 0.1, "--output", out, "--device", "cuda",
                              "--micro-batch-size", 1, *more)
            succeeds("finetune", *common(folder, *options))
            losses.append([step["loss"] for step in read_log(out)])
            weights.append({name: values for name, (_, _, values) in read_safetensors(out + "/adapter_model.safetensors")[0].items()})
        assert close(*losses, 1e-5), losses
        for name, values in weights[0].items():
            assert close(values, weights[1][name], 1e-3), name


def test_generating_gives_the_tokens_and_logits_of_the_cpu():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--max-steps", 3, "--output", folder / "out")))
        for options in [[], ["--adapter", folder / "out"], ["--adapter", folder / "out", "--merge"]]:
            printed, logits = [], []
            for device in ["cpu", "cuda"]:
                result = succeeds("generate", "--model", folder / "model", "--tokens", "1,5,7", "--max-new-tokens", 6, "--print-tokens",
                                  "--logits", folder / f"{device}.safetensors", "--device", device, "--temperature", 0, *options)
                printed.append(result.out)
                logits.append(read_safetensors(folder / f"{device}.safetensors")[0]["logits"][2])
            assert printed[0] == printed[1], printed
            assert close(*logits, 1e-4), options


def test_mixed_precision_trains_adapters_in_float32_on_weights_in_bfloat16():
    with Folder() as folder:
        losses = []
        for device in ["cpu", "cuda"]:
            options = adapter("--dtype", "bf16", "--max-steps", 4, "--output", folder / device, "--device", device)
            succeeds("finetune", *common(folder, *options))
            losses.append([step["loss"] for step in read_log(folder / device)])
            tensors, _ = read_safetensors(folder / device + "/adapter_model.safetensors")
            assert {dtype for dtype, _, _ in tensors.values()} == {"F32"}
        assert close(*losses, 2e-2), losses


def test_the_memory_in_the_report_is_the_gpus():
    with Folder() as folder:
        peaks = []
        for device in ["cpu", "cuda"]:
            succeeds("finetune", *common(folder, *adapter("--max-steps", 2, "--output", folder / device, "--device", device)))
            peaks.append(read_json(folder / device + "/report.json")["runs"][0]["peak_memory_bytes"])
        # Kernels of the two need scratch memory of their own.
        assert 4 * parameters() < peaks[1] < 2 * peaks[0], peaks
