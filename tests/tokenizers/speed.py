#!/usr/bin/env python3
"""How fast texts become tokens here and with the Python library `tokenizers`, both on one thread, in turn.

usage: speed.py build/examples/tokenize FOLDER... [--megabytes 10] [--rounds 5]

FOLDER has a tokenizer.json. Two kinds of text are drawn (drawn.py): lines as they come, and the same joined to texts of
about 4 kB. Of the program the time of a run without texts is taken off; reading the lines and writing the numbers stays
in. Of the library it is `encode_batch`'s. Printed are the medians in megabytes a second, and the median of the rounds'
ratios with the smallest and the largest.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tokenizers  # noqa: E402

import texts as drawn  # noqa: E402


def seconds_here(program, folder, lines):
    began = time.perf_counter()
    subprocess.run([program, "--model", folder], input=lines, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def seconds_there(made, texts):
    began = time.perf_counter()
    made.encode_batch(texts, add_special_tokens=False)
    return time.perf_counter() - began


def joined(texts, length=4000):
    result, held, size = [], [], 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= length:
            result.append(" ".join(held))
            held, size = [], 0
    return result + ([" ".join(held)] if held else [])


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("folders", nargs="+")
    options.add_argument("--megabytes", type=float, default=10)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    texts = drawn.texts(1, int(given.megabytes * 1e6))
    for folder in given.folders:
        made = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        for kind, those in [("lines", texts), ("4 kB", joined(texts))]:
            size = sum(len(text.encode()) for text in those) / 1e6
            lines = "".join(json.dumps(text) + "\n" for text in those).encode()
            here, there = [], []
            for _ in range(given.rounds):
                start = seconds_here(given.program, folder, b"")
                here.append(seconds_here(given.program, folder, lines) - start)
                there.append(seconds_there(made, those))
            ratios = sorted(b / a for a, b in zip(here, there))
            print(f"{os.path.basename(folder.rstrip('/'))}, {kind}: here {size / statistics.median(here):.1f} MB/s, tokenizers "
                  f"{size / statistics.median(there):.1f} MB/s; {statistics.median(ratios):.1f} times ({ratios[0]:.1f} to {ratios[-1]:.1f})", flush=True)


if __name__ == "__main__":
    main()
