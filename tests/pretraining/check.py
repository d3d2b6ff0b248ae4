#!/usr/bin/env python3
"""Whether `pretrain` gives a model as good as the one that the repository keeps: pre-trains some, and has the best of them
and the kept one fine-tuned in full and asked the same questions.

One model is a draw: after 8,000 steps draw 0 got 86.0 per cent here and draw 1 95.0, after 4,000 draw 0 got 94.5 and 92.8 with
two compilers; the kept one gets 95.6. So two are pre-trained, as `pretrain` does unless told otherwise, which takes half an
hour on two cores; one, or fewer steps, need a wider --within. 2,000 steps give 35 per cent.

usage: tests/pretraining/check.py [FOLDER_OF_PROGRAMS] [--steps N] [--candidates N] [--within POINTS]"""
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
parser.add_argument("--candidates", type=int, default=2, help="how many are pre-trained (default: 2)")
parser.add_argument("--within", type=float, default=6, help="how many points worse it may be (default: 6)")
options = parser.parse_args()
harness.PROGRAMS = os.path.abspath(options.programs)


def shapes(path):
    return {name: (dtype, shape) for name, (dtype, shape, _) in read_safetensors(path)[0].items()}


def test_the_model_that_pretrain_makes_is_as_good_as_the_one_kept_and_its_file_is_made_alike():
    with Folder() as folder:
        made = folder / "made.safetensors"
        said = succeeds("pretrain", "--candidates", options.candidates, "--steps", options.steps, "--compare", "--output", made, "--work", folder / "work",
                        timeout=3 * 3600).out
        kept = float(re.search(r"^the one kept: ([0-9.]+) per cent", said, re.M).group(1))
        new = max(float(percent) for percent in re.findall(r"^draw \d+: ([0-9.]+) per cent", said, re.M))
        print(f"{new} per cent, after {kept} of the one kept", flush=True)
        assert new >= kept - options.within, f"{new} after {kept}"
        assert shapes(made) == shapes(os.path.join(ROOT, "examples/tiny_world/pretrained.safetensors"))


harness.main([sys.modules[__name__]])
