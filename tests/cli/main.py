"""Tests of the programs from outside: main.py FOLDER_OF_PROGRAMS"""
import os
import sys

import adapting
import chats
import config
import damaged
import evaluating
import finetuning
import finite
import folders
import generating
import harness
import learning
import logs
import options
import outputs
import patterns
import quantizing
import reproducing
import stopping
import talking
import tokenizing
import training

harness.PROGRAMS = os.path.abspath(sys.argv[1])
harness.main([options, learning, finetuning, training, evaluating, logs, config, adapting, chats, finite, stopping, outputs, damaged, patterns, quantizing, generating, talking, tokenizing, folders, reproducing])
