#!/usr/bin/env python3
"""Times single float32 ops on the CPU: PyTorch beside this library, in turns.

    python3 tests/bench/torch_ops.py --bench build/tests/bench [--threads 2] [--rounds 7] [--only sum gelu]

A round is a short run of this library and one of PyTorch, each keeping its least time; the ratio is the median of the
rounds' ratios, so that a machine whose speed drifts falls on both alike. On a machine that is busy with other things,
--cpu-time with --threads 1 counts the time that the processor spent rather than the time that passed. Needs torch.
"""

import argparse
import os
import statistics
import sys
import time

from own_bench import repetitions

ROWS = ((4096, 1024), (16384, 128), (512, 32000))
ELEMENTS = 1 << 22


def cases(torch):
    """The name of the benchmark, and a function that runs the op once."""
    functional = torch.nn.functional
    rows = {"sum": lambda x: x.sum(-1), "max": lambda x: x.amax(-1), "softmax": lambda x: x.softmax(-1),
            "log_softmax": lambda x: x.log_softmax(-1)}
    elements = {"exp": torch.exp, "tanh": torch.tanh, "erf": torch.erf, "gelu": functional.gelu, "sin": torch.sin,
                "cos": torch.cos, "square": lambda x: x ** 2, "pow": lambda x: x ** 2.5}
    for name, op in rows.items():
        for shape in ROWS:
            x = torch.rand(shape) * 8 - 4
            yield f"{name}/{shape[0]}/{shape[1]}", lambda op=op, x=x: op(x)
    for name, op in elements.items():
        x = torch.rand(ELEMENTS) * 8 - 4
        x = x.abs() if name == "pow" else x
        yield f"{name}/{ELEMENTS}", lambda op=op, x=x: op(x)


def least_time(step, seconds, clock):
    step()
    best, until = float("inf"), clock() + seconds
    while clock() < until:
        begin = clock()
        step()
        best = min(best, clock() - begin)
    return best * 1e3


def own_time(bench, name, threads, seconds, which):
    """Google Benchmark gives means; many short repetitions have a least one."""
    times = repetitions(bench, f"^{name}/real_time$", threads, which,
                        f"--benchmark_repetitions={max(1, int(seconds / 0.01))}", "--benchmark_min_time=0.005")
    return min(milliseconds for _, milliseconds in times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="the benchmark program of this library")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each run")
    parser.add_argument("--cpu-time", action="store_true")
    parser.add_argument("--only", nargs="*", default=[""], help="beginnings of the names to run")
    options = parser.parse_args()
    clock = time.process_time if options.cpu_time else time.perf_counter
    which = "cpu_time" if options.cpu_time else "real_time"
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    try:
        import torch
    except ImportError as error:
        sys.exit(f"torch_ops.py: {error}; install torch")
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    print(f"torch {torch.__version__}, {options.threads} threads; milliseconds, least of all rounds")
    print(f"{'op':22} | {'torch':>8} {'adora':>8} | torch / adora, median and range")
    for name, step in cases(torch):
        if not name.startswith(tuple(options.only)):
            continue
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(own_time(options.bench, name, options.threads, options.seconds, which))
            theirs.append(least_time(step, options.seconds, clock))
        ratios = [t / o for t, o in zip(theirs, ours)]
        print(f"{name:22} | {min(theirs):8.3f} {min(ours):8.3f} | {statistics.median(ratios):5.2f}  "
              f"{min(ratios):.2f} to {max(ratios):.2f}", flush=True)


if __name__ == "__main__":
    main()
