#!/usr/bin/env python3
"""Tokens are those of Hugging Face's tokenizers: check.py PROGRAM [--megabytes N] [--seed N] [NAME...]

PROGRAM is build/examples/tokenize. Tokenizers of many forms are trained with the Python library `tokenizers`, which
ADORA_TOKENIZERS names a Python with where this one hasn't it, and mixed texts of so many megabytes (1) encoded and decoded
by both; NAME is one of those tokenizers. A folder is a tokenizer too: --folder DIR.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

os.environ.update(TOKENIZERS_PARALLELISM="false", RAYON_NUM_THREADS="1")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import texts as drawn


def run(program, folder, lines, *options):
    result = subprocess.run([program, "--model", folder, *options], input="".join(line + "\n" for line in lines), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.split("\n")[:-1]


def first_difference(ours, theirs, texts):
    assert len(ours) == len(theirs), f"{len(ours)} lines for {len(theirs)} texts"
    for mine, its, text in zip(ours, theirs, texts):
        if mine != its:
            at = next((i for i, (a, b) in enumerate(zip(mine, its)) if a != b), min(len(mine), len(its)))
            return f"from {at} on {mine[at : at + 8]!r}, not {its[at : at + 8]!r}, in {text[:200]!r}"
    return None


def check(program, made, texts, seed):
    with tempfile.TemporaryDirectory() as folder:
        made.save(folder + "/tokenizer.json")
        theirs = [made.encode(text).ids for text in texts]
        ours = [[int(one) for one in line.split()] for line in run(program, folder, map(json.dumps, texts))]
        problem = first_difference(ours, theirs, texts)
        assert not problem, "encoding gives " + problem
        draw = random.Random(seed)
        known = list(made.get_vocab(with_added_tokens=True).values())
        theirs += [draw.choices(known, k=draw.randint(0, 30)) for _ in range(2000)]
        lines = [" ".join(map(str, ids)) for ids in theirs]
        for skip in (True, False):
            decoded = [made.decode(ids, skip_special_tokens=skip) for ids in theirs]
            got = [json.loads(line) for line in run(program, folder, lines, "--decode", *(["--skip-special-tokens"] if skip else []))]
            problem = first_difference(got, decoded, lines)
            assert not problem, "decoding gives " + problem
        return sum(map(len, theirs))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("names", nargs="*")
    options.add_argument("--megabytes", type=float, default=1)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", action="append", default=[])
    given = options.parse_intermixed_args()
    try:
        import tokenizers
    except ImportError:
        python = os.environ.get("ADORA_TOKENIZERS")
        if not python:
            print("left out: there is no Python library `tokenizers`, and ADORA_TOKENIZERS names no Python with it")
            return 0
        os.execv(python, [python, *sys.argv])
    import made as forms
    passed = failed = 0
    texts = drawn.texts(given.seed, int(given.megabytes * 1e6))
    some = drawn.texts(given.seed + 1, 300_000)
    those = [(folder, tokenizers.Tokenizer.from_file(folder + "/tokenizer.json")) for folder in given.folder]
    for name, made in those if given.folder else forms.all_made(some):
        if given.names and name not in given.names:
            continue
        try:
            count = check(given.program, made, texts, given.seed)
            passed += 1
            print(f"ok {name}: {count} tokens", flush=True)
        except AssertionError as problem:
            failed += 1
            print(f"FAIL {name}: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
