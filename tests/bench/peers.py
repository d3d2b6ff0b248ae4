#!/usr/bin/env python3
"""Times this library beside PyTorch and PEFT on this machine, row by row, in turns.

    ./dev bench --peers [--rounds 3] [--seconds 0.5] [--threads N] [--only llama_step decode] [--json FILE] [--write docs/benchmarks.md]

A row is a step that both can take. Each round runs this library in a process of its own and then the peer's, which waits
meanwhile; a ratio is the median of the rounds' ratios with the smallest and the largest, so that a machine whose speed
drifts falls on both alike. The last column takes out what the products under either can do on this machine: each time is
multiplied by the rate of its own library's product in that dtype. Memory is the peak of the process. Rows that lose are
printed like those that win. --write puts the tables between the lines <!-- peers --> and <!-- /peers --> of a document,
and a plot beside it.
"""

import argparse
import datetime
import importlib.util
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time

from own_bench import TO_MILLISECONDS, measured

HERE = os.path.dirname(os.path.abspath(__file__))
FLOPS = 2 * 1024 ** 3  # of the products of 1024, 1024 and 1024 numbers


class Row:
    def __init__(self, peer, title, own, dtype="f32", per=1, goal=None):
        self.peer, self.title, self.own, self.dtype, self.per, self.goal = peer, title, own, dtype, per, goal


def training_rows():
    yield Row("llama_step/small/dora/f32", "24 M, DoRA, float32", "llama_step/dora_dropout", goal=4)
    yield Row("llama_step/small/lora/f32", "24 M, LoRA, float32", "llama_step/lora_dropout")
    yield Row("llama_step/small/full/f32", "24 M, full, float32", "llama_step/full", goal=2)
    yield Row("llama_step/small/dora/bf16", "24 M, DoRA, bfloat16", "llama_step/dora_dropout_bf16", "bf16", goal=4)
    yield Row("llama_step/small/lora/bf16", "24 M, LoRA, bfloat16", "llama_step/lora_dropout_bf16", "bf16")
    yield Row("llama_step/small/full/bf16", "24 M, full, bfloat16", "llama_step/full_bf16", "bf16", goal=1.5)
    yield Row("llama_step/large/dora/f32", "134 M, DoRA, float32", "llama_step/large_dora_dropout")
    yield Row("llama_step/large/lora/f32", "134 M, LoRA, float32", "llama_step/large_lora_dropout")


def layer_rows():
    for percent in (0, 5):
        for width, rows, rank in ((256, 4096, 16), (768, 2048, 32), (2048, 1024, 32), (4096, 512, 32)):
            for kind, word in (("dora", "DoRA"), ("lora", "LoRA")):
                name = f"{kind}_linear/{width}/{rows}/{rank}/{percent}"
                dropout = ", dropout 0.05" if percent else ""
                yield Row(name, f"{word}, {width} x {width}, {rows} rows, rank {rank}{dropout}", name)


def decoding_rows():
    for dtype, word in (("f32", "float32"), ("bf16", "bfloat16")):
        for adapter, title in (("bare", "no adapter"), ("merged", "DoRA, merged"), ("live", "DoRA, live")):
            yield Row(f"decode/{adapter}/{dtype}", f"{title}, {word}", f"llama_decode/{adapter}_{dtype}", dtype, per=32)


def toy_rows():
    yield Row("mlp", "MLP 2-16-1, 32 samples, SGD", "mlp_step")
    yield Row("gru", "GRU of 128, 32 x 64 characters", "gru_step")
    yield Row("lstm", "LSTM of 128, 32 x 64 characters", "lstm_step")
    yield Row("cnn", "CNN, 64 images of 28 x 28", "cnn_step")
    yield Row("vit_block", "ViT block of 192, 16 x 65 tokens", "vit_block_step")


def growth_rows():
    for rows in (64, 256, 1024, 4096):
        yield Row(f"dora_linear/768/{rows}/32/0", f"{rows} rows, rank 32", f"dora_linear/768/{rows}/32/0")
    for rank in (4, 16, 64, 256):
        yield Row(f"dora_linear/768/1024/{rank}/0", f"1024 rows, rank {rank}", f"dora_linear/768/1024/{rank}/0")


def bare_rows():
    yield Row("product/1024/1024/1024/f32", "product of 1024, float32", "linear_forward/m:1024/n:1024/k:1024")
    yield Row("product/1024/1024/1024/bf16", "product of 1024, bfloat16", "linear_forward_bf16/m:1024/n:1024/k:1024", "bf16")
    yield Row("copy", "copy of 256 MiB", "copy")


GROUPS = {
    "bare": ("What the machine can do", "time", bare_rows),
    "training": ("A training step of a Llama, 16 x 256 tokens (134 M: 4 x 256), rank 32, dropout 0.05, AdamW", "a step", training_rows),
    "layer": ("A layer, forward and backward, float32", "a pass", layer_rows),
    "decoding": ("Decoding with the cache, one text, 134 M", "a token", decoding_rows),
    "toys": ("A step of toy models, float32", "a step", toy_rows),
    "growth": ("Growth of a DoRA layer of 768 x 768 with rows and with the rank", "a pass", growth_rows),
}


class Own:
    def __init__(self, bench, threads):
        self.bench, self.threads = bench, threads

    def run(self, row, seconds):
        """Seconds of a step, mebibytes, and seconds of the whole process."""
        found, mebibytes, whole = measured(self.bench, f"^{re.escape(row.own)}(/real_time)?$", self.threads,
                                           f"--benchmark_min_time={seconds}")
        if len(found) != 1:
            sys.exit(f"peers.py: {self.bench} has {len(found)} benchmarks named {row.own}")
        return found[0]["real_time"] * TO_MILLISECONDS[found[0]["time_unit"]] / 1e3, mebibytes, whole

    def openblas(self, seconds):
        return self.run(Row("", "", "bare_openblas/m:1024/n:1024/k:1024"), seconds)[0]


class Peer:
    """A row in PyTorch, in a process that waits between rounds."""

    def __init__(self, row, environment):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "peer_rows.py"), row.peer], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        begin = time.perf_counter()
        answer = self.answer()
        self.first, self.missing, self.version = time.perf_counter() - begin, answer.get("missing"), answer.get("ready")

    def answer(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"missing": "the peer's process ended"}

    def run(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "missing" in answer:
            sys.exit(f"peers.py: {answer['missing']}")
        return answer["seconds"], answer["mebibytes"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def measure(row, own, options, environment):
    """The row's result, or None where the peer lacks it."""
    peer = Peer(row, environment)
    if peer.missing:
        print(f"left out: {row.title}: {peer.missing}", file=sys.stderr)
        return None
    rounds = []
    for _ in range(options.rounds):
        ours, our_memory, _ = own.run(row, options.seconds)
        theirs, their_memory = peer.run(options.seconds)
        rounds.append({"adora": ours / row.per, "peer": theirs / row.per, "ratio": theirs / ours,
                       "adora_mebibytes": our_memory, "peer_mebibytes": their_memory})
    peer.end()
    return summary(row, rounds)


def summary(row, rounds):
    ratios = [one["ratio"] for one in rounds]
    return {"row": row.peer, "title": row.title, "dtype": row.dtype, "goal": row.goal,
            "adora": statistics.median(one["adora"] for one in rounds), "peer": statistics.median(one["peer"] for one in rounds),
            "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
            "adora_mebibytes": max(one["adora_mebibytes"] for one in rounds),
            "peer_mebibytes": max(one["peer_mebibytes"] for one in rounds), "rounds": rounds}


def measure_start(own, options, environment):
    """From nothing to the end of the first step, imports included."""
    row, rounds = Row("first_step", "24 M, DoRA: start-up to the first step", "llama_first_step/iterations:1"), []
    for _ in range(options.rounds):
        _, our_memory, ours = own.run(row, 0.01)
        peer = Peer(row, environment)
        if peer.missing:
            return None
        rounds.append({"adora": ours, "peer": peer.first, "ratio": peer.first / ours, "adora_mebibytes": our_memory,
                       "peer_mebibytes": peer.run(0)[1]})
        peer.end()
    return summary(row, rounds)


def shown(seconds):
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def rates(results):
    """FLOP a second of either side's product, by dtype."""
    return {one["dtype"]: {side: FLOPS / one[side] for side in ("adora", "peer")} for one in results.get("bare", [])
            if one["row"].startswith("product")}


def dora_over_lora(rows):
    """This library's time with DoRA over its time with LoRA, of each pair of rows that differ in that alone."""
    times = {one["row"]: one["adora"] for one in rows}
    return [times[name] / times[name.replace("dora", "lora")] for name in times if "dora" in name and name.replace("dora", "lora") in times]


def tables(results, about):
    lines, rate = [about, ""], rates(results)
    for group, rows in results.items():
        if not rows:
            continue
        title, unit, _ = GROUPS[group]
        lines += [f"**{title}**", "", f"| {unit} | PyTorch | adora | times as fast | by each one's products | PyTorch, MiB | adora, MiB |",
                  "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
        for one in rows:
            by = rate.get(one["dtype"])
            normal = f"{one['ratio'] * by['peer'] / by['adora']:.2f}" if by and group != "bare" else ""
            goal = f", goal {one['goal']}" if one["goal"] else ""
            lines.append(f"| {one['title']} | {shown(one['peer'])} | {shown(one['adora'])} | {one['ratio']:.2f} "
                         f"({one['least']:.2f} to {one['most']:.2f}){goal} | {normal} | {one['peer_mebibytes']:.0f} | "
                         f"{one['adora_mebibytes']:.0f} |")
        lines.append("")
        if shares := dora_over_lora(rows):
            lines += [f"DoRA takes {min(shares):.2f} to {max(shares):.2f} of LoRA's time here.", ""]
    return "\n".join(lines)


def bare_lines(results, openblas):
    parts = [f"OpenBLAS {FLOPS / openblas / 1e9:.0f} GFLOP/s in float32"]
    for dtype, rate in rates(results).items():
        word = {"f32": "float32", "bf16": "bfloat16"}[dtype]
        parts.append(f"{word} products of PyTorch {rate['peer'] / 1e9:.0f} and here {rate['adora'] / 1e9:.0f}")
    for one in results["bare"]:
        if one["row"] == "copy":
            parts.append(f"a copy reads and writes {2 * 2**28 / one['adora'] / 1e9:.1f} GB/s")
    return "; ".join(parts) + "."


def plot(rows):
    """Time over rows of x, and over the rank, as an SVG: both axes are logarithmic."""
    import math
    width, height, left, bottom = 380, 260, 56, 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * width}" height="{height}" font-family="sans-serif" font-size="11">',
             f'<rect width="{2 * width}" height="{height}" fill="white"/>']
    halves = [("rows of x, rank 32", 2, [one for one in rows if one["row"].split("/")[3] == "32"]),
              ("rank, 1024 rows", 3, [one for one in rows if one["row"].split("/")[3] != "32"])]
    times = [one[side] * 1e3 for one in rows for side in ("adora", "peer")]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    for number, (name, word, half) in enumerate(halves):
        x0 = number * width + left
        xs = [int(one["row"].split("/")[word]) for one in half]
        first, last = math.log(min(xs)), math.log(max(xs))
        px = lambda x: x0 + (math.log(x) - first) / (last - first) * (width - left - 24)
        py = lambda y: height - bottom - (math.log10(y) - low) / (high - low) * (height - bottom - 30)
        for power in range(low, high + 1):
            y = py(10.0 ** power)
            parts.append(f'<line x1="{x0}" x2="{x0 + width - left - 24}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
                         f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0 ** power:g} ms</text>')
        for x in xs:
            parts.append(f'<text x="{px(x):.1f}" y="{height - bottom + 16}" text-anchor="middle">{x}</text>')
        parts.append(f'<text x="{x0 + (width - left - 24) / 2}" y="{height - 8}" text-anchor="middle">{name}</text>')
        for side, color, label in (("peer", "#c2410c", "PEFT"), ("adora", "#1d4ed8", "adora")):
            points = " ".join(f"{px(x):.1f},{py(one[side] * 1e3):.1f}" for x, one in zip(xs, half))
            parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
            parts.append(f'<text x="{x0 + 8}" y="{24 if side == "peer" else 38}" fill="{color}">{label}</text>')
    return "\n".join(parts) + "\n</svg>\n"


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def versions():
    from importlib import metadata
    found = []
    for name in ("torch", "peft", "transformers"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            pass
    return ", ".join(found)


def write(path, text, growth):
    with open(path, encoding="utf-8") as file:
        document = file.read()
    begin, end = "<!-- peers -->", "<!-- /peers -->"
    if document.count(begin) != 1 or document.count(end) != 1:
        sys.exit(f"peers.py: {path} must have the lines {begin} and {end}")
    head, tail = document.split(begin)[0], document.split(end)[1]
    if growth:
        with open(os.path.join(os.path.dirname(path), "peers-growth.svg"), "w", encoding="utf-8") as file:
            file.write(plot(growth))
        text += "\n![Time of a DoRA layer over rows and over the rank](peers-growth.svg)\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{head}{begin}\n{text}\n{end}{tail}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="this library's benchmark program")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.5, help="of steps a round, of either side; one step at least")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", nargs="*", choices=list(GROUPS), default=list(GROUPS))
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--write", metavar="FILE.md")
    options = parser.parse_args()
    # Not imported here: a process that is forked begins with its parent's peak of memory.
    if not importlib.util.find_spec("torch"):
        sys.exit("peers.py: there is no torch; run it as ./dev bench --peers, which installs what it needs outside the tree")
    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads))
    own, results = Own(options.bench, options.threads), {}
    for group, (title, _, rows) in GROUPS.items():
        if group not in options.only and group != "bare":
            continue
        print(title, file=sys.stderr)
        results[group] = []
        for row in rows():
            one = measure(row, own, options, environment)
            if one:
                results[group].append(one)
                print(f"  {row.title}: PyTorch {shown(one['peer'])}, adora {shown(one['adora'])}, {one['ratio']:.2f} "
                      f"({one['least']:.2f} to {one['most']:.2f})", file=sys.stderr, flush=True)
        if group == "bare":
            openblas = statistics.median(own.openblas(options.seconds) for _ in range(options.rounds))
        if group == "training":
            start = measure_start(own, options, environment)
            results[group] += [start] if start else []
    about = (f"{datetime.date.today()}, {processor()}, {options.threads} threads, {versions()}, {options.rounds} rounds in turns. "
             + bare_lines(results, openblas))
    text = tables(results, about)
    print(text)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"about": about, "results": results}, file, indent=1)
    if options.write:
        write(options.write, text, results.get("growth"))


if __name__ == "__main__":
    main()
