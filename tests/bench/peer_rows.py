#!/usr/bin/env python3
"""One row of peers.py in PyTorch: `peer_rows.py ROW` makes it, says "ready", and for each line of its input that has a
number of seconds takes steps for so long, at least one, and prints {"seconds": the fastest, "mebibytes": peak memory}.

Prints {"missing": why} where the row can't be had. Needs torch, and for some rows transformers and peft.
"""

import json
import resource
import sys
import time

import torch

TARGETS = ["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"]
SMALL = dict(vocab_size=32000, hidden_size=288, intermediate_size=768, num_hidden_layers=6, num_attention_heads=6,
             num_key_value_heads=6, max_position_embeddings=2048)
LARGE = dict(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
             num_key_value_heads=3, max_position_embeddings=2048, tie_word_embeddings=True)


def trained(parameters, loss, optimizer=torch.optim.AdamW, **settings):
    """A step of an optimizer on a loss."""
    optimizer = optimizer([p for p in parameters if p.requires_grad], **settings)

    def step():
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    return step


def llama(sizes, dtype):
    from transformers import LlamaConfig, LlamaForCausalLM
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**sizes)).to(dtype)


def adapted(model, method, dropout, merged=False):
    from peft import LoraConfig, get_peft_model
    model = get_peft_model(model, LoraConfig(r=32, lora_alpha=64, lora_dropout=dropout, use_dora=method == "dora",
                                             task_type="CAUSAL_LM", target_modules=TARGETS))
    return model.merge_and_unload() if merged else model


def llama_step(sizes, texts, method, dropout=0.05, dtype=torch.float32):
    model = llama(sizes, dtype)
    if method != "full":
        model = adapted(model, method, dropout)
    model.train()
    tokens = torch.randint(0, sizes["vocab_size"], (texts, 256))
    return trained(model.parameters(), lambda: model(input_ids=tokens, labels=tokens).loss, lr=1e-4)


def first_step():
    """Made and stepped once before "ready"."""
    model = llama(SMALL, torch.float32)
    from peft import LoraConfig, get_peft_model
    model = get_peft_model(model, LoraConfig(r=32, use_dora=True, task_type="CAUSAL_LM", target_modules=["q_proj", "v_proj"]))
    tokens = torch.randint(0, 32000, (1, 16))
    return trained(model.parameters(), lambda: model(input_ids=tokens, labels=tokens).loss, lr=1e-4)


def decode(adapter, dtype):
    model = llama(LARGE, dtype)
    if adapter != "bare":
        model = adapted(model, "dora", 0.0, merged=adapter == "merged")
    model.eval()
    prompt = torch.full((1, 32), 5)

    def step():
        with torch.no_grad():
            model.generate(input_ids=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=32, min_new_tokens=32,
                           do_sample=False, pad_token_id=0)
    return step


def layer(width, rows, rank, dropout, dora=True):
    from peft import LoraConfig, get_peft_model
    torch.manual_seed(1)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.proj = torch.nn.Linear(width, width, bias=False)

        def forward(self, x):
            return self.proj(x)

    model = get_peft_model(Net(), LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=dropout, target_modules=["proj"],
                                             use_dora=dora))
    model.train()
    x, upstream = torch.rand(rows, width, requires_grad=True), torch.rand(rows, width)

    def step():
        model.zero_grad(set_to_none=True)
        x.grad = None
        model(x).backward(upstream)
    return step


def mlp():
    net = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    x, y = torch.rand(32, 2), torch.rand(32, 1)
    return trained(net.parameters(), lambda: torch.nn.functional.mse_loss(net(x), y), torch.optim.SGD, lr=0.01)


def characters(kind):
    embedding, recurrent, head = torch.nn.Embedding(64, 32), kind(32, 128, batch_first=True), torch.nn.Linear(128, 64)
    x, y = torch.randint(0, 64, (32, 64)), torch.randint(0, 64, (32, 64))
    parameters = [*embedding.parameters(), *recurrent.parameters(), *head.parameters()]

    def loss():
        return torch.nn.functional.cross_entropy(head(recurrent(embedding(x))[0]).flatten(0, 1), y.flatten())
    return trained(parameters, loss, torch.optim.Adam, lr=1e-3)


def cnn():
    nn = torch.nn
    net = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
                        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 7 * 7, 10))
    x, y = torch.rand(64, 1, 28, 28), torch.randint(0, 10, (64,))
    return trained(net.parameters(), lambda: nn.functional.cross_entropy(net(x), y), torch.optim.Adam, lr=1e-3)


def vit_block():
    block = torch.nn.TransformerEncoderLayer(192, 3, 768, dropout=0.0, batch_first=True, norm_first=True)
    x, upstream = torch.rand(16, 65, 192, requires_grad=True), torch.rand(16, 65, 192)
    optimizer = torch.optim.AdamW(block.parameters(), lr=1e-4)

    def step():
        optimizer.zero_grad()
        x.grad = None
        block(x).backward(upstream)
        optimizer.step()
    return step


def product(m, n, k, dtype):
    a, b = torch.rand(m, k).to(dtype), torch.rand(n, k).to(dtype)

    def step():
        with torch.no_grad():
            torch.nn.functional.linear(a, b)
    return step


def copy():
    a, b = torch.rand(1 << 26), torch.empty(1 << 26)
    return lambda: b.copy_(a)


def make(row):
    """A step of the row; its words are its name, by slashes."""
    words = row.split("/")
    dtype = torch.bfloat16 if words[-1] == "bf16" else torch.float32
    if words[0] == "llama_step":
        return llama_step(SMALL if words[1] == "small" else LARGE, 16 if words[1] == "small" else 4, words[2], dtype=dtype)
    if words[0] == "decode":
        return decode(words[1], dtype)
    if words[0] in ("dora_linear", "lora_linear"):
        width, rows, rank, percent = map(int, words[1:])
        return layer(width, rows, rank, percent / 100, words[0] == "dora_linear")
    if words[0] == "product":
        return product(*map(int, words[1:4]), dtype)
    return {"mlp": mlp, "gru": lambda: characters(torch.nn.GRU), "lstm": lambda: characters(torch.nn.LSTM), "cnn": cnn,
            "vit_block": vit_block, "copy": copy, "first_step": first_step}[words[0]]()


def main():
    try:
        step = make(sys.argv[1])
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), flush=True)
        return
    step()
    print(json.dumps({"ready": torch.__version__}), flush=True)
    for line in sys.stdin:
        begin, count = time.perf_counter(), 0
        while count == 0 or time.perf_counter() - begin < float(line):
            step()
            count += 1
        print(json.dumps({"seconds": (time.perf_counter() - begin) / count, "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


if __name__ == "__main__":
    main()
