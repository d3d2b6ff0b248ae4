"""Tests of the programs from outside: main.py FOLDER_OF_PROGRAMS"""
import os
import sys

import damaged
import finetuning
import folders
import generating
import harness
import learning
import options
import outputs
import patterns
import quantising
import reproducing
import training

harness.PROGRAMS = os.path.abspath(sys.argv[1])
harness.main([options, learning, finetuning, training, outputs, damaged, patterns, quantising, generating, folders, reproducing])
