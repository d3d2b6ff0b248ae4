#!/usr/bin/env python3
"""Times DoRA on a GPU in bfloat16: PyTorch with PEFT and a DoRA written by hand beside this library, in one run.

    python3 tests/bench/gpu_peers.py [--bench build/tests/bench] [--rounds 5] [--only norm linear token attention graph quantized llama]

PEFT runs as its users run it: weights in bfloat16, adapters in float32, under autocast. The one by hand takes the norm
from a dense B·A in bfloat16. For each shape the peers take turns, round by round, and then this library as many rounds;
medians are shown, and this library's ratio to each. Weights change from call to call, so that none lies in a cache.
Prints a table in Markdown with the date, the device, the driver and the versions. Needs torch and peft, and for `llama`
transformers. --tiny takes small shapes on the CPU, to see whether the peers run at all.
"""

import argparse
import datetime
import gc
import itertools
import statistics
import subprocess
import sys
import time

from own_bench import TO_MILLISECONDS, entries

NORMS = [(4096, 4096, 16), (4096, 4096, 384), (8192, 8192, 384), (8192, 28672, 384)]  # out, in, rank
LINEARS = [(4096, 4096, 32, 4096), (11008, 4096, 32, 4096), (4096, 11008, 32, 4096), (4096, 4096, 384, 8192),
           (8192, 8192, 384, 8192), (3072, 3072, 32, 1024)]  # out, in, rank, tokens
TOKENS = [(4096, 4096, 384, 1)]
BEYOND_THE_CACHE = 256 << 20
ATTENTIONS = [(16, 32, 256, 128), (4, 32, 2048, 128)]  # texts, heads, tokens, head size
PRODUCTS = [(4096, 4096, 4096), (11008, 4096, 4096), (4096, 4096, 1)]  # out, in, tokens
CALLS = 10  # between two waits for the device


class Peers:
    def __init__(self, device):
        import torch
        self.torch, self.device = torch, device

    def wait(self):
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def time(self, call, together=CALLS):
        """Microseconds of one call among some."""
        for _ in range(3):
            call()
        self.wait()
        begin = time.perf_counter()
        for _ in range(together):
            call()
        self.wait()
        return (time.perf_counter() - begin) * 1e6 / together

    def random(self, *shape, dtype, scale=0.02):
        return (self.torch.rand(*shape, device=self.device) * 2 - 1).mul_(scale).to(dtype)

    def weights(self, out, wide):
        copies = max(1, -(-BEYOND_THE_CACHE // (out * wide * 2))) if self.device == "cuda" else 1
        return itertools.cycle([self.random(out, wide, dtype=self.torch.bfloat16) for _ in range(copies)])

    def peft_norm(self, out, wide, rank):
        from peft.tuners.lora.dora import DoraLinearLayer
        torch = self.torch
        layer, weights = DoraLinearLayer(fan_in_fan_out=False), self.weights(out, wide)
        A, B = self.random(rank, wide, dtype=torch.float32), self.random(out, rank, dtype=torch.float32)

        def call():
            with torch.no_grad(), torch.autocast(self.device, torch.bfloat16):
                weight = next(weights)
                return layer.get_weight_norm(weight, (B @ A).to(weight.dtype), 2.0)
        return call

    def dense_norm(self, out, wide, rank):
        torch, weights = self.torch, self.weights(out, wide)
        A, B = self.random(rank, wide, dtype=torch.bfloat16), self.random(out, rank, dtype=torch.bfloat16)

        def call():
            with torch.no_grad():
                return torch.linalg.vector_norm(torch.addmm(next(weights), B, A, alpha=2.0), dim=1, dtype=torch.float32)
        return call

    def peft_linear(self, out, wide, rank, tokens, dora, backward):
        from peft import LoraConfig, get_peft_model
        torch, device = self.torch, self.device

        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.proj = torch.nn.Linear(wide, out, bias=False, device=device, dtype=torch.bfloat16)

            def forward(self, x):
                return self.proj(x)

        config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=["proj"], use_dora=dora)
        model = get_peft_model(Net(), config)
        model.train()
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.data = parameter.data.to(device=device, dtype=torch.float32)
            if "lora_B" in name:
                torch.nn.init.uniform_(parameter, -0.02, 0.02)
        layer, weights = model.base_model.model.proj.base_layer, self.weights(out, wide)
        x = self.random(tokens, wide, dtype=torch.bfloat16, scale=1.0).requires_grad_(backward)
        upstream = self.random(tokens, out, dtype=torch.bfloat16, scale=1.0)

        def call():
            layer.weight.data = next(weights)
            model.zero_grad(set_to_none=True)
            x.grad = None
            with torch.set_grad_enabled(backward), torch.autocast(device, torch.bfloat16):
                y = model(x)
            if backward:
                y.backward(upstream.to(y.dtype))
        return call

    def dense_linear(self, out, wide, rank, tokens, backward):
        """DoRA by hand, detached norm from a dense B·A, all in bfloat16 but the magnitude."""
        torch, weights = self.torch, self.weights(out, wide)
        A = self.random(rank, wide, dtype=torch.bfloat16).requires_grad_(backward)
        B = self.random(out, rank, dtype=torch.bfloat16).requires_grad_(backward)
        magnitude = torch.ones(out, device=self.device).requires_grad_(backward)
        x = self.random(tokens, wide, dtype=torch.bfloat16, scale=1.0).requires_grad_(backward)
        upstream = self.random(tokens, out, dtype=torch.bfloat16, scale=1.0)

        def call():
            for t in (A, B, magnitude, x):
                t.grad = None
            weight = next(weights)
            with torch.set_grad_enabled(backward):
                with torch.no_grad():
                    norm = torch.linalg.vector_norm(torch.addmm(weight, B, A, alpha=2.0), dim=1, dtype=torch.float32)
                y = (x @ weight.T + 2.0 * ((x @ A.T) @ B.T)) * (magnitude / norm).to(x.dtype)
            if backward:
                y.backward(upstream)
        return call

    def peft_llama(self, dora, size, texts):
        from peft import LoraConfig, get_peft_model
        from transformers import LlamaConfig, LlamaForCausalLM
        torch = self.torch
        with torch.device(self.device):
            torch.set_default_dtype(torch.bfloat16)
            model = LlamaForCausalLM(LlamaConfig(**size))
            torch.set_default_dtype(torch.float32)
        model = get_peft_model(model, LoraConfig(r=32, lora_alpha=64, lora_dropout=0.05, use_dora=dora, task_type="CAUSAL_LM",
                                                 target_modules=["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"]))
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        for parameter in trained:
            parameter.data = parameter.data.float()
        optimizer = torch.optim.AdamW(trained, lr=2e-4)
        tokens = torch.randint(0, size["vocab_size"], (texts, 256), device=self.device)
        model.train()

        def call():
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(self.device, torch.bfloat16):
                loss = model(input_ids=tokens, labels=tokens, use_cache=False).loss
            loss.backward()
            optimizer.step()
        return call

    def attention(self, batch, heads, tokens, size, backend):
        from torch.nn.attention import SDPBackend, sdpa_kernel
        torch = self.torch
        q, k, v, upstream = (self.random(batch, heads, tokens, size, dtype=torch.bfloat16, scale=1.0) for _ in range(4))
        for t in (q, k, v):
            t.requires_grad_()

        def call():
            for t in (q, k, v):
                t.grad = None
            with sdpa_kernel(getattr(SDPBackend, backend)):
                torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).backward(upstream)
        return call

    def peak(self, call):
        """MiB of tensors that a call needs at most."""
        if self.device != "cuda":
            return float("nan")
        self.torch.cuda.reset_peak_memory_stats()
        call()
        self.wait()
        return self.torch.cuda.max_memory_allocated() / (1 << 20)

    def allocated(self):
        return self.torch.cuda.memory_allocated() / (1 << 20) if self.device == "cuda" else float("nan")


class Own:
    """What this library's benchmarks that fit a pattern took: medians in microseconds, and memory where it is counted."""

    def __init__(self, bench, pattern, rounds):
        self.times, self.memory = {}, {}
        if not bench:
            return
        for entry in entries(bench, pattern, 1, f"--benchmark_repetitions={rounds}", "--benchmark_min_time=0.05"):
            name = entry["run_name"]
            self.times.setdefault(name, []).append(entry["real_time"] * TO_MILLISECONDS[entry["time_unit"]] * 1e3)
            self.memory[name] = entry.get("workspace_MiB", entry.get("peak_MiB", float("nan")))

    def time(self, name):
        return statistics.median(self.times[name]) if name in self.times else float("nan")


def medians(peers, calls, rounds, together=CALLS):
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(peers.time(call, together))
    return {name: statistics.median(values) for name, values in times.items()}


def row(*cells):
    print("| " + " | ".join(cell if isinstance(cell, str) else f"{cell:.4g}" for cell in cells) + " |", flush=True)


def header(*names):
    print()
    row(*names)
    row(*["---"] + ["---:"] * (len(names) - 1))


def norms(peers, bench, rounds, shapes):
    header("weight norm: out, in, rank", "PEFT, µs", "dense, µs", "here, µs", "PEFT / here", "dense / here", "PEFT's workspace, MiB",
           "here, MiB")
    for shape in shapes:
        calls = {"peft": peers.peft_norm(*shape), "dense": peers.dense_norm(*shape)}
        times = medians(peers, calls, rounds)
        workspace = peers.peak(calls["peft"]) - peers.allocated()
        name = "gpu/weight_norm/" + "/".join(map(str, shape))
        own = Own(bench, f"^{name}/", rounds)
        here = own.time(name)
        row(", ".join(map(str, shape)), times["peft"], times["dense"], here, times["peft"] / here, times["dense"] / here,
            workspace, own.memory.get(name, float("nan")))


def linears(peers, bench, rounds, shapes, backward):
    what = "forward and backward" if backward else "forward"
    header(f"{what}: out, in, rank, tokens", "PEFT LoRA, µs", "PEFT DoRA, µs", "dense DoRA, µs", "LoRA, µs", "DoRA, µs",
           "DoRA / LoRA", "PEFT DoRA / DoRA", "dense / DoRA")
    for shape in shapes:
        times = medians(peers, {"lora": peers.peft_linear(*shape, False, backward), "dora": peers.peft_linear(*shape, True, backward),
                                "dense": peers.dense_linear(*shape, backward)}, rounds)
        names = [f"gpu/{kind}_linear{'' if backward else '_forward'}/" + "/".join(map(str, shape)) for kind in ("lora", "dora")]
        own = Own(bench, "^(" + "|".join(names) + ")/", rounds)
        lora, dora = (own.time(name) for name in names)
        row(", ".join(map(str, shape)), times["lora"], times["dora"], times["dense"], lora, dora, dora / lora, times["dora"] / dora,
            times["dense"] / dora)


def attention(peers, bench, rounds, shapes):
    backends = {"flash": "FLASH_ATTENTION", "cudnn": "CUDNN_ATTENTION"} if peers.device == "cuda" else {"flash": "MATH", "cudnn": "MATH"}
    header("attention, forward and backward: texts, heads, tokens, head size", "PyTorch, flash, µs", "PyTorch, cuDNN, µs", "here, µs",
           "here by cuDNN, µs", "flash / here", "cuDNN / here")
    for shape in shapes:
        times = medians(peers, {name: peers.attention(*shape, backend) for name, backend in backends.items()}, rounds)
        names = [f"gpu/{kind}/" + "/".join(map(str, shape)) for kind in ("attention", "attention_cudnn")]
        own = Own(bench, "^(" + "|".join(names) + ")/", rounds)
        here, by_cudnn = (own.time(name) for name in names)
        row(", ".join(map(str, shape)), times["flash"], times["cudnn"], here, by_cudnn, times["flash"] / here, times["cudnn"] / here)


def graphs(bench, rounds):
    own = Own(bench, "^gpu/small_step/", rounds)
    direct, graph = (own.time(f"gpu/small_step/{kind}") for kind in ("direct", "graph"))
    header("passes of a small model, 16 × 64 tokens", "one by one, µs", "as a graph, µs", "ratio")
    row("4 layers, 128 wide, DoRA", direct, graph, direct / graph)


def quantized(bench, rounds, shapes):
    header("x·Wᵀ: out, in, tokens", "W in bfloat16, µs", "NF4, µs", "int8, µs", "NF4 / bfloat16", "int8 / bfloat16")
    own = Own(bench, "^gpu/product/", rounds)
    for shape in shapes:
        plain, nf4, int8 = (own.time(f"gpu/product/{kind}/" + "/".join(map(str, shape))) for kind in ("bfloat16", "nf4", "int8"))
        row(", ".join(map(str, shape)), plain, nf4, int8, nf4 / plain, int8 / plain)


def llama(peers, bench, rounds, size, texts):
    header(f"one step, {texts} × 256 tokens", "PEFT DoRA, ms", "LoRA, ms", "DoRA, ms", "DoRA / LoRA", "PEFT DoRA / DoRA", "PEFT's peak, MiB",
           "here, MiB")
    peer = peak = float("nan")
    try:
        call = peers.peft_llama(True, size, texts)
        peer = medians(peers, {"dora": call}, rounds, together=1)["dora"] / 1e3
        peak = peers.peak(call)
    except peers.torch.OutOfMemoryError as error:
        print(f"PEFT, with {texts} texts: {error}")
    call = None
    gc.collect()
    if peers.device == "cuda":
        peers.torch.cuda.empty_cache()
    own = Own(bench, f"^gpu/llama_7b_step/.*/{texts}/", rounds)
    lora, dora = (own.time(f"gpu/llama_7b_step/{kind}/{texts}") / 1e3 for kind in ("lora", "dora"))
    row("LLaMA-7B's shapes", peer, lora, dora, dora / lora, peer / dora, peak, own.memory.get(f"gpu/llama_7b_step/dora/{texts}", float("nan")))


def versions(peers):
    import peft
    import torch
    parts = [str(datetime.date.today()), f"torch {torch.__version__}", f"peft {peft.__version__}"]
    if peers.device == "cuda":
        driver = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"], capture_output=True, text=True)
        parts.insert(1, driver.stdout.strip() or torch.cuda.get_device_name())
    return "; ".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", help="the benchmark program of this library")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=["norm", "linear", "token", "attention", "graph", "quantized", "llama"])
    parser.add_argument("--texts", type=int, default=16, help="of 256 tokens each, in a step of the large model; 16 by default")
    parser.add_argument("--tiny", action="store_true", help="small shapes, on the CPU")
    options = parser.parse_args()
    try:
        import peft  # noqa: F401
        import torch
    except ImportError as error:
        sys.exit(f"gpu_peers.py: {error}; install torch and peft")
    if not options.tiny and not torch.cuda.is_available():
        sys.exit("gpu_peers.py: PyTorch sees no GPU; --tiny runs the peers on the CPU")
    peers = Peers("cpu" if options.tiny else "cuda")
    size = dict(vocab_size=32000, hidden_size=4096, intermediate_size=11008, num_hidden_layers=32, num_attention_heads=32)
    norm_shapes, linear_shapes, token_shapes, attention_shapes = NORMS, LINEARS, TOKENS, ATTENTIONS
    if options.tiny:
        norm_shapes, linear_shapes, token_shapes = [(64, 48, 4)], [(64, 48, 4, 32)], [(64, 48, 4, 1)]
        attention_shapes = [(2, 2, 8, 16)]
        size = dict(vocab_size=100, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4)
    print(versions(peers))
    if "norm" in options.only:
        norms(peers, options.bench, options.rounds, norm_shapes)
    if "linear" in options.only:
        linears(peers, options.bench, options.rounds, linear_shapes, True)
    if "token" in options.only:
        linears(peers, options.bench, options.rounds, token_shapes, False)
    if "attention" in options.only:
        attention(peers, options.bench, options.rounds, attention_shapes)
    if "graph" in options.only:
        graphs(options.bench, options.rounds)
    if "quantized" in options.only:
        quantized(options.bench, options.rounds, PRODUCTS)
    if "llama" in options.only:
        llama(peers, options.bench, options.rounds, size, options.texts)


if __name__ == "__main__":
    main()
