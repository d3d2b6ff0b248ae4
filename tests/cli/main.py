"""Tests of the programs from outside: main.py FOLDER_OF_PROGRAMS"""
import os
import sys

import finetuning
import generating
import harness
import learning
import options

harness.PROGRAMS = os.path.abspath(sys.argv[1])
harness.main([options, learning, finetuning, generating])
