import math

import torch
from torch import nn
from torch.nn import functional as F


class Writer(nn.Module):
    def __init__(self, characters):
        super().__init__()
        self.embedding = nn.Embedding(characters, 32)
        self.lstm = nn.LSTM(32, 64, num_layers=2, batch_first=True)
        self.head = nn.Linear(64, characters)

    def forward(self, characters, state=None):
        output, (h, c) = self.lstm(self.embedding(characters), state)
        return self.head(output), (h.detach(), c.detach())


def losses(record):
    writer = record.load("model", Writer(len(record["model.embedding.weight"])))
    optimizer = torch.optim.AdamW(writer.parameters(), lr=1e-2)
    state = None
    for step, (x, target) in enumerate(zip(record.each("x"), record.each("target"))):
        logits, state = writer(x, state)
        loss = F.cross_entropy(logits.flatten(0, 1), target.flatten())
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * (1 + math.cos(math.pi * step / record.steps)) / 2
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(writer.parameters(), 1)
        optimizer.step()
        yield loss.item()
