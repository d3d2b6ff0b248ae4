#!/usr/bin/env python3
"""Whether `pretrain` gives a model as good as the one that the repository keeps: pre-trains one, and has both fine-tuned
in full and asked the same questions. At 800 questions and nine answers in ten right, the difference of two such shares has
a standard error of 1.5 points.

With the 8,000 steps that the kept one had, ten minutes on two cores; fewer make a worse model, so --within has to allow it.

usage: tests/pretraining/check.py [FOLDER_OF_PROGRAMS] [--steps N] [--within POINTS]"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))

from files import read_safetensors  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("programs", nargs="?", default="build/examples", help="where pretrain lies (default: build/examples)")
parser.add_argument("--steps", type=int, default=8000, help="of pre-training (default: 8000)")
parser.add_argument("--within", type=float, default=4, help="how many points worse it may be (default: 4)")
options = parser.parse_args()
failed = 0


def expect(what, holds, but):
    global failed
    failed += not holds
    print("ok  " if holds else "FAIL", what + ("" if holds else f": {but}"), flush=True)


def shapes(path):
    return {name: (dtype, shape) for name, (dtype, shape, _) in read_safetensors(path)[0].items()}


with tempfile.TemporaryDirectory() as folder:
    made = os.path.join(folder, "made.safetensors")
    command = [os.path.abspath(os.path.join(options.programs, "pretrain")), "--candidates", "1", "--steps", str(options.steps),
               "--compare", "--output", made, "--work", os.path.join(folder, "work")]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    print(said, end="")
    kept, new = (float(re.search(rf"^{who}: ([0-9.]+) per cent", said, re.M).group(1)) for who in ("the one kept", "draw 0"))
    expect("the model that pretrain makes is as good as the one kept", new >= kept - options.within, f"{new} after {kept}")
    expect("and the file is made like its", shapes(made) == shapes(os.path.join(ROOT, "examples/tiny_world/pretrained.safetensors")),
           "other names, shapes or dtypes")
print(f"{2 - failed} passed, {failed} failed")
sys.exit(failed > 0)
