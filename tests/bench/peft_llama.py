#!/usr/bin/env python3
"""The step of llama_bench.cpp in PyTorch with PEFT: prints milliseconds a step (the fastest of some), processor time a step, and peak RSS.

With OMP_NUM_THREADS=1 the processor time is comparable on a machine that others use as well.

usage: peft_llama.py [dora|lora] [dropout] [steps]
"""
import resource
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

method = sys.argv[1] if len(sys.argv) > 1 else "dora"
dropout = float(sys.argv[2]) if len(sys.argv) > 2 else 0.05
steps = int(sys.argv[3]) if len(sys.argv) > 3 else 3

torch.manual_seed(0)
config = LlamaConfig(vocab_size=32000, hidden_size=288, intermediate_size=768, num_hidden_layers=6,
                     num_attention_heads=6, num_key_value_heads=6, max_position_embeddings=2048)
model = get_peft_model(
    LlamaForCausalLM(config),
    LoraConfig(r=32, lora_alpha=64, lora_dropout=dropout, use_dora=method == "dora", task_type="CAUSAL_LM",
               target_modules=["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"]))
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
tokens = torch.randint(0, 32000, (16, 256))
model.train()


def step():
    optimizer.zero_grad()
    loss = model(input_ids=tokens, labels=tokens).loss
    loss.backward()
    optimizer.step()


step()
times, cpu_times = [], []
for _ in range(steps):
    start, cpu_start = time.perf_counter(), time.process_time()
    step()
    times.append(time.perf_counter() - start)
    cpu_times.append(time.process_time() - cpu_start)
rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"peft {method} dropout {dropout}: {min(times) * 1000:.0f} ms a step, {min(cpu_times) * 1000:.0f} ms of processor time, {rss:.0f} MiB, "
      f"torch {torch.__version__}, {torch.get_num_threads()} threads")
