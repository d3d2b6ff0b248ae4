#!/usr/bin/env python3
"""Whether `pretrain` gives a model as good as the one that the repository keeps: pre-trains one, and has both fine-tuned
in full and asked the same questions. At 800 questions and nine answers in ten right, the difference of two such shares has
a standard error of 1.5 points.

With the 8,000 steps that the kept one had, ten minutes on two cores; fewer make a worse model, so --within has to allow it.

usage: tests/pretraining/check.py [FOLDER_OF_PROGRAMS] [--steps N] [--within POINTS]"""
import argparse
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))

import harness  # noqa: E402
from files import read_safetensors  # noqa: E402
from harness import Folder, succeeds  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("programs", nargs="?", default="build/examples", help="where pretrain lies (default: build/examples)")
parser.add_argument("--steps", type=int, default=8000, help="of pre-training (default: 8000)")
parser.add_argument("--within", type=float, default=4, help="how many points worse it may be (default: 4)")
options = parser.parse_args()
harness.PROGRAMS = os.path.abspath(options.programs)


def shapes(path):
    return {name: (dtype, shape) for name, (dtype, shape, _) in read_safetensors(path)[0].items()}


def test_the_model_that_pretrain_makes_is_as_good_as_the_one_kept_and_its_file_is_made_alike():
    with Folder() as folder:
        made = folder / "made.safetensors"
        said = succeeds("pretrain", "--candidates", 1, "--steps", options.steps, "--compare", "--output", made, "--work", folder / "work",
                        timeout=3 * 3600).out
        kept, new = (float(re.search(rf"^{who}: ([0-9.]+) per cent", said, re.M).group(1)) for who in ("the one kept", "draw 0"))
        print(f"{new} per cent, after {kept} of the one kept", flush=True)
        assert new >= kept - options.within, f"{new} after {kept}"
        assert shapes(made) == shapes(os.path.join(ROOT, "examples/tiny_world/pretrained.safetensors"))


harness.main([sys.modules[__name__]])
