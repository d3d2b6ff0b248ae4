#!/usr/bin/env python3
"""Prints what transformers says of the model and the text in talking.py, as its guide on the perplexity of models with a
fixed length computes it; needs torch and transformers."""
import json
import math
import tempfile

import torch
from transformers import LlamaForCausalLM

import files
import talking


def windowed(model, ids, context, stride):
    total, count, done = 0.0, 0, 0
    for begin in range(0, len(ids), stride):
        end = min(begin + context, len(ids))
        labels = torch.tensor([ids[begin:end]])
        labels[:, :max(1, done - begin)] = -100
        targets = int((labels != -100).sum())
        total += model(torch.tensor([ids[begin:end]]), labels=labels).loss.item() * targets
        count, done = count + targets, end
        if end == len(ids):
            break
    return {"tokens": count, "nats_per_token": total / count, "perplexity": math.exp(total / count)}


with tempfile.TemporaryDirectory() as folder:
    files.make_model(folder)
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    with torch.no_grad():
        ids = [1] + [files.WORDS.index(word) for word in talking.TEXT.split()]
        for context, stride in [(64, 32), (8, 4), (8, 1)]:
            print(context, stride, json.dumps(windowed(model, ids, context, stride)))
        # Documents, as finetune makes them of exercises: prompt, response, EOS; all tokens count, or the response's.
        total = {True: [0.0, 0], False: [0.0, 0]}
        for one in files.exercises():
            prompt = [files.WORDS.index("### Instruction:")] + [files.WORDS.index(word) for word in one["instruction"].split()] + [
                files.WORDS.index("### Response:")]
            ids = [1] + prompt + [files.WORDS.index(word) for word in one["output"].split()] + [2]
            logits = model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
            losses = [-logits[i, token].item() for i, token in enumerate(ids[1:])]
            for inputs, sums in total.items():
                counted = losses if inputs else losses[len(prompt):]
                sums[0] += sum(counted)
                sums[1] += len(counted)
        for inputs, (loss, count) in total.items():
            print("train on inputs", inputs, json.dumps({"tokens": count, "nats_per_token": loss / count}))
