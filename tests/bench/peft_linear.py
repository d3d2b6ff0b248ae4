#!/usr/bin/env python3
"""Times one DoRA linear layer, forward and backward, in float32: PEFT on PyTorch beside this library, in one run.

    python3 tests/bench/peft_linear.py [--bench build/tests/bench] [--threads 2] [--rounds 5] [--shapes 256 768]

Both take turns, round by round, so that what else the machine does falls on both alike; the least time of each is kept.
Without --bench PEFT is timed alone. On a machine that is busy with other things, --cpu-time with --threads 1 counts the
time that the processor spent rather than the time that passed. Needs torch and peft.
"""

import argparse
import os
import sys
import time

from own_bench import repetitions

SHAPES = {256: (4096, 16), 768: (2048, 32), 2048: (1024, 32), 4096: (512, 32)}  # width: (rows of x, rank)
DROPOUTS = (0.0, 0.05)


def peft_step(width, rows, rank, dropout, dora):
    """A function that runs one forward and backward pass of PEFT's layer."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.proj = torch.nn.Linear(width, width, bias=False)

        def forward(self, x):
            return self.proj(x)

    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=dropout, target_modules=["proj"], use_dora=dora)
    model = get_peft_model(Net(), config)
    model.train()
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.uniform_(parameter, -0.1, 0.1)
    x = torch.rand(rows, width, requires_grad=True)
    upstream = torch.rand(rows, width)

    def step():
        model.zero_grad(set_to_none=True)
        x.grad = None
        model(x).backward(upstream)

    return step


def least_time(step, count, clock):
    best = float("inf")
    for _ in range(count):
        begin = clock()
        step()
        best = min(best, clock() - begin)
    return best * 1e3


def own_times(bench, width, count, threads, which):
    """The least milliseconds by the name of the benchmark."""
    times = {}
    for name, milliseconds in repetitions(bench, f"^(lora|dora)_linear/{width}/", threads, which,
                                          f"--benchmark_repetitions={count}", "--benchmark_min_time=0.01",
                                          "--benchmark_enable_random_interleaving=true"):
        times[name] = min(times.get(name, float("inf")), milliseconds)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", help="the benchmark program of this library")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shapes", type=int, nargs="*", default=list(SHAPES))
    parser.add_argument("--cpu-time", action="store_true")
    options = parser.parse_args()
    clock = time.process_time if options.cpu_time else time.perf_counter
    which = "cpu_time" if options.cpu_time else "real_time"
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    try:
        import peft
        import torch
    except ImportError as error:
        sys.exit(f"peft_linear.py: {error}; install torch and peft")
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, peft {peft.__version__}, {options.threads} threads; milliseconds, least of all rounds")
    print(f"{'width':>6} {'rows':>5} {'rank':>4} {'dropout':>7} | {'peft lora':>9} {'peft dora':>9} | "
          f"{'lora':>8} {'dora':>8} | {'dora/lora':>9} {'peft dora/dora':>14}")
    for width in options.shapes:
        rows, rank = SHAPES[width]
        count = 3 if width >= 2048 else 10
        steps = {(dropout, dora): peft_step(width, rows, rank, dropout, dora) for dropout in DROPOUTS for dora in (False, True)}
        for step in steps.values():
            step()
        best, own = {}, {}
        for _ in range(options.rounds):
            for key, step in steps.items():
                best[key] = min(best.get(key, float("inf")), least_time(step, count, clock))
            if options.bench:
                for name, value in own_times(options.bench, width, count, options.threads, which).items():
                    own[name] = min(own.get(name, float("inf")), value)
        for dropout in DROPOUTS:
            percent = round(dropout * 100)
            lora, dora = (own.get(f"{kind}_linear/{width}/{rows}/{rank}/{percent}", float("nan")) for kind in ("lora", "dora"))
            print(f"{width:6} {rows:5} {rank:4} {dropout:7.2f} | {best[dropout, False]:9.2f} {best[dropout, True]:9.2f} | "
                  f"{lora:8.2f} {dora:8.2f} | {dora / lora:9.3f} {best[dropout, True] / dora:14.2f}", flush=True)


if __name__ == "__main__":
    main()
