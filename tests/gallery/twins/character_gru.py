import math

import torch
from torch import nn
from torch.nn import functional as F


class Writer(nn.Module):
    def __init__(self, characters):
        super().__init__()
        self.embedding = nn.Embedding(characters, 32)
        self.gru = nn.GRU(32, 96, batch_first=True)
        self.head = nn.Linear(96, characters)

    def forward(self, characters, state=None):
        output, state = self.gru(self.embedding(characters), state)
        return self.head(output), state


def losses(record):
    writer = record.load("model", Writer(len(record["model.embedding.weight"])))
    optimizer = torch.optim.AdamW(writer.parameters(), lr=1e-2)
    for step, window in enumerate(record.each("window")):
        logits, _ = writer(window[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), window[:, 1:].flatten())
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * (1 + math.cos(math.pi * step / record.steps)) / 2
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(writer.parameters(), 1)
        optimizer.step()
        yield loss.item()
