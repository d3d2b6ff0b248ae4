#!/usr/bin/env python3
"""Writes events.out.tfevents beside this file with the Python package tensorboard: the events that run_log_test.cpp has
ours write, byte for byte. `python make_events.py`, where that package is."""
import pathlib

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

STEPS = [
    (1, 1764424000.25, {"train/loss": 2.5, "train/learning_rate": 0.0001, "train/grad_norm": 3.125, "train/tokens": 31, "train/seconds": 0.125}),
    (300, 1764424001.5, {"train/loss": 0.1, "train/learning_rate": 0, "train/grad_norm": 1e-30, "train/tokens": 70000, "train/seconds": 2,
                         "eval/loss": 1.75, "eval/perplexity": 5.754602676005731}),
]

with open(pathlib.Path(__file__).parent / "events.out.tfevents", "wb") as file:
    writer = RecordWriter(file)
    writer.write(Event(wall_time=STEPS[0][1], file_version="brain.Event:2").SerializeToString())
    for step, time, values in STEPS:
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        writer.write(Event(wall_time=time, step=step, summary=summary).SerializeToString())
