"""Tests of the programs on a GPU, real or emulated: on_cuda.py FOLDER_OF_PROGRAMS [MODULE...]"""
import importlib
import os
import sys

import harness

harness.PROGRAMS = os.path.abspath(sys.argv[1])
harness.DEVICE = "cuda"
harness.main([importlib.import_module(name) for name in sys.argv[2:] or ["cuda", "finetuning", "training", "generating", "folders"]])
