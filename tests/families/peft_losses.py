#!/usr/bin/env python3
"""Trains a real model's adapter here and with PEFT, on the same chats in the same order from the same adapter, and
compares the loss of every step.

usage: peft_losses.py build/examples FOLDER|FILE.gguf DATA.jsonl [--method dora] [--steps 50] [--batch 4] [--within 1e-5]
       [--rounding]    trains with PEFT in float64 and on one thread too: how far rounding alone leads

Runs under a Python with PEFT. Prints both losses of some steps, the largest relative difference, and the seconds and the
memory of both; ends with "N passed, N failed".
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

TARGETS = ["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"]


def documents(path, tokenizer):
    """Tokens and targets of each chat: what the assistant says, and the mark after it."""
    for line in open(path, encoding="utf-8"):
        messages = json.loads(line)["messages"]
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
        targets = [-100] * len(tokens)
        for i, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            before = tokenizer.apply_chat_template(messages[:i], tokenize=False, add_generation_prompt=True)
            through = tokenizer.apply_chat_template(messages[: i + 1], tokenize=False)
            assert text.startswith(before) and text.startswith(through)
            first, last = (len(tokenizer(t, add_special_tokens=False)["input_ids"]) for t in (before, through))
            targets[first:last] = tokens[first:last]
        yield tokens, targets


def batch(rows):
    longest = max(len(tokens) for tokens, _ in rows)
    pad = lambda values, filler: values + [filler] * (longest - len(values))
    return {
        "input_ids": torch.tensor([pad(tokens, 0) for tokens, _ in rows]),
        "attention_mask": torch.tensor([pad([1] * len(tokens), 0) for tokens, _ in rows]),
        "labels": torch.tensor([pad(targets, -100) for _, targets in rows]),
    }


def peak_memory(pid):
    """Of a process so far, in KiB."""
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def run_and_watch(words):
    """Runs a program, and returns its peak memory: its own, not that of what it was forked from."""
    process, peak = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), [0]
    ended = threading.Event()

    def watch():
        while not ended.wait(0.1):
            peak[0] = peak_memory(process.pid) or peak[0]

    watching = threading.Thread(target=watch)
    watching.start()
    status = process.wait()
    ended.set()
    watching.join()
    assert status == 0, f"{' '.join(words)}: status {status}"
    return peak[0]


def adapted(source, options, dtype):
    base = AutoModelForCausalLM.from_pretrained(*source[0], **source[1], dtype=dtype)
    torch.manual_seed(1)
    config = LoraConfig(r=options.rank, lora_alpha=2 * options.rank, lora_dropout=0.0, target_modules=TARGETS,
                        use_dora=options.method == "dora", task_type="CAUSAL_LM")
    return get_peft_model(base, config, autocast_adapter_dtype=False)


def load_start(model, start):
    """The adapter that a folder holds, whatever the model's dtype has drawn."""
    set_peft_model_state_dict(model, load_file(os.path.join(start, "adapter_model.safetensors")))


def train_with_peft(model, rows, options):
    """The loss of each step."""
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=options.lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)
    warm, left = options.warmup, options.steps - options.warmup
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: step / warm if step < warm else (options.steps - step) / left)
    model.train()
    losses = []
    for step in range(options.steps):
        inputs = batch([rows[i % len(rows)] for i in range(step * options.batch, (step + 1) * options.batch)])
        labels = inputs.pop("labels")
        logits = model(**inputs).logits
        # In float64: PyTorch's float32 sum of the exponentials of a large vocabulary loses the small ones, and with
        # them some 3e-6 of the loss.
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).double(), labels[:, 1:].flatten(), ignore_index=-100)
        loss.backward()
        optimizer.step()
        rates.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def largest_difference(losses, others):
    if len(losses) != len(others):
        return float("inf")
    return max(abs(a - b) / abs(b) for a, b in zip(losses, others))


def train_here(options, start, output):
    """The log's lines, and the peak memory."""
    memory = run_and_watch(
        [os.path.join(options.programs, "finetune"), "--model", options.model, "--data", options.data, "--adapter", start,
         "--no-shuffle", "--scheduler", "linear", "--warmup-steps", str(options.warmup), "--lr", str(options.lr), "--dropout", "0",
         "--batch-size", str(options.batch), "--max-steps", str(options.steps), "--cutoff-len", "4096",
         "--output", output])
    return [json.loads(line) for line in open(os.path.join(output, "log.jsonl"))], memory


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--method", default="dora", choices=["lora", "dora"])
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--rounding", action="store_true")
    parser.add_argument("--within", type=float, default=1e-5)
    options = parser.parse_args()

    folder, name = os.path.split(os.path.abspath(options.model))
    source = [options.model], {}
    if not os.path.isdir(options.model):
        source = [folder], {"gguf_file": name}
    rows = list(documents(options.data, AutoTokenizer.from_pretrained(*source[0], **source[1])))
    with tempfile.TemporaryDirectory() as scratch:
        start = os.path.join(scratch, "start")
        model = adapted(source, options, torch.float32)
        model.save_pretrained(start)
        began = time.time()
        theirs = train_with_peft(model, rows, options)
        their_seconds, their_memory = time.time() - began, peak_memory("self")
        del model
        log, our_memory = train_here(options, start, os.path.join(scratch, "ours"))
        ours = [step["loss"] for step in log]
        for step in sorted({0, 1, 9, 24, options.steps - 1}):
            if step < len(ours):
                print(f"step {step + 1}: PEFT {theirs[step]:.6f}, here {ours[step]:.6f}")
        print(f"PEFT {their_seconds:.1f} s, {their_memory >> 10} MiB; "
              f"here {sum(step['seconds'] for step in log):.1f} s, {our_memory >> 10} MiB")

        if options.rounding:
            model = adapted(source, options, torch.float64)
            load_start(model, start)
            exact = train_with_peft(model, rows, options)
            model = adapted(source, options, torch.float32)
            load_start(model, start)
            torch.set_num_threads(1)
            other = train_with_peft(model, rows, options)
            print(f"from PEFT in float64: PEFT {largest_difference(theirs, exact):.2e}, "
                  f"on one thread {largest_difference(other, exact):.2e}, here {largest_difference(ours, exact):.2e}; "
                  f"PEFT on one thread from itself {largest_difference(other, theirs):.2e}", flush=True)
    worst = largest_difference(ours, theirs)
    print(f"largest relative difference {worst:.2e}")
    right = worst <= options.within
    print(f"{int(right)} passed, {int(not right)} failed")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
