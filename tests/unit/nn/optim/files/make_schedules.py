#!/usr/bin/env python3
"""Writes schedules.json beside this file: the factors of the learning rate that transformers' schedules give, for
schedules_test.cpp. `python make_schedules.py`, where there are torch and transformers."""
import json
import pathlib

import torch
from transformers import get_scheduler

STEPS = 14
# Our name and options, transformers' name and options, and the steps of the warm-up.
CASES = [
    ("constant_with_warmup", {}, "constant_with_warmup", {}, 4),
    ("linear", {}, "linear", {}, 4),
    ("cosine", {}, "cosine", {}, 4),
    ("cosine", {"least": 0.25}, "cosine_with_min_lr", {"min_lr_rate": 0.25}, 4),
    ("cosine_with_min_lr", {"least": 0.1}, "cosine_with_min_lr", {"min_lr_rate": 0.1}, 0),
    ("cosine_with_restarts", {}, "cosine_with_restarts", {}, 3),
    ("cosine_with_restarts", {"cycles": 3}, "cosine_with_restarts", {"num_cycles": 3}, 2),
    ("polynomial", {"least": 1e-7}, "polynomial", {}, 4),
    ("polynomial", {"power": 2, "least": 0.125}, "polynomial", {"power": 2.0, "lr_end": 0.125}, 3),
    ("inverse_sqrt", {}, "inverse_sqrt", {}, 4),
    ("inverse_sqrt", {}, "inverse_sqrt", {}, 0),
    ("inverse_sqrt", {"timescale": 7}, "inverse_sqrt", {"timescale": 7}, 2),
    ("warmup_stable_decay", {"decay_steps": 5}, "warmup_stable_decay", {"num_decay_steps": 5}, 4),
    ("warmup_stable_decay", {"decay_steps": 5, "least": 0.2}, "warmup_stable_decay", {"num_decay_steps": 5, "min_lr_ratio": 0.2}, 0),
    ("warmup_stable_decay", {"decay_steps": 6, "linear": 1}, "warmup_stable_decay", {"num_decay_steps": 6, "decay_type": "linear"}, 3),
    ("warmup_stable_decay", {"decay_steps": 6, "sqrt": 1}, "warmup_stable_decay", {"num_decay_steps": 6, "decay_type": "1-sqrt"}, 3),
    # A share of the 11 steps after the warm-up, rounded up.
    ("warmup_stable_decay", {"decay_share": 0.25}, "warmup_stable_decay", {"num_decay_steps": 3}, 3),
]


def factors(name, options, warmup):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = get_scheduler(name, optimizer, num_warmup_steps=warmup, num_training_steps=STEPS, scheduler_specific_kwargs=options)
    rates = []
    for _ in range(STEPS):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return rates


cases = [{"name": name, "options": options, "warmup": warmup, "factors": factors(theirs, their_options, warmup)}
         for name, options, theirs, their_options, warmup in CASES]
text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
(pathlib.Path(__file__).parent / "schedules.json").write_text(text)
