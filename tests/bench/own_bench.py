"""Runs this library's benchmark program beside a peer."""

import json
import os
import subprocess

TO_MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0}


def entries(bench, pattern, threads, *options):
    """What Google Benchmark reports of each repetition of what fits the pattern, its name without /real_time."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
    command = [bench, f"--benchmark_filter={pattern}", "--benchmark_format=json", *options]
    result = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for entry in json.loads(result.stdout)["benchmarks"]:
        if entry.get("run_type") == "iteration":
            yield entry | {"run_name": entry["run_name"].removesuffix("/real_time")}


def repetitions(bench, pattern, threads, which, *options):
    """Each repetition's name and milliseconds, of what fits the pattern; `which`: real_time or cpu_time."""
    for entry in entries(bench, pattern, threads, *options):
        yield entry["run_name"], entry[which] * TO_MILLISECONDS[entry["time_unit"]]
