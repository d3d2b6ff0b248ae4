"""Runs this library's benchmark program beside a peer."""

import json
import os
import subprocess
import tempfile
import time

TO_MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}


def measured(bench, pattern, threads, *options):
    """What Google Benchmark reports of each repetition of what fits the pattern, its name without /real_time; the peak
    memory of the process in mebibytes; and its seconds from start to end."""
    with tempfile.NamedTemporaryFile() as out:
        command = [bench, f"--benchmark_filter={pattern}", f"--benchmark_out={out.name}", "--benchmark_out_format=json", *options]
        begin = time.perf_counter()
        process = subprocess.Popen(command, env=dict(os.environ, OMP_NUM_THREADS=str(threads)), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        text = out.read()
    # The file is empty where nothing fits.
    found = [entry | {"run_name": entry["run_name"].removesuffix("/real_time")}
             for entry in (json.loads(text)["benchmarks"] if text else []) if entry.get("run_type") == "iteration"]
    return found, usage.ru_maxrss / 1024, seconds


def entries(bench, pattern, threads, *options):
    """The first of these alone."""
    return measured(bench, pattern, threads, *options)[0]


def repetitions(bench, pattern, threads, which, *options):
    """Each repetition's name and milliseconds, of what fits the pattern; `which`: real_time or cpu_time."""
    for entry in entries(bench, pattern, threads, *options):
        yield entry["run_name"], entry[which] * TO_MILLISECONDS[entry["time_unit"]]
