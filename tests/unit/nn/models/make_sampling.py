#!/usr/bin/env python3
"""Prints the logits that transformers' processors make, for sampling_test.cpp; needs torch and transformers."""
import torch
from transformers.generation.logits_process import (MinPLogitsWarper, RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper,
                                                    TopKLogitsWarper, TopPLogitsWarper)

LOGITS = torch.tensor([[2.0, -1.0, 0.5, 3.0, 2.5, -3.0, 0.0, 1.9]])
TEXT = torch.tensor([[3, 1, 3, 6]])
STEPS = {"penalty 1.3": [RepetitionPenaltyLogitsProcessor(1.3)], "top-k 3": [TopKLogitsWarper(3)], "top-p 0.7": [TopPLogitsWarper(0.7)],
         "min-p 0.3": [MinPLogitsWarper(0.3)],
         "all": [RepetitionPenaltyLogitsProcessor(1.5), TemperatureLogitsWarper(0.7), TopKLogitsWarper(5), TopPLogitsWarper(0.9), MinPLogitsWarper(0.25)],
         "flat": [RepetitionPenaltyLogitsProcessor(0.5), TemperatureLogitsWarper(2.0), TopPLogitsWarper(0.8), MinPLogitsWarper(0.1)]}
for name, steps in STEPS.items():
    logits = LOGITS.clone()
    for step in steps:
        logits = step(TEXT, logits)
    print(name, [round(x, 6) for x in logits[0].tolist()])
