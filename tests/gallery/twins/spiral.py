import torch
from torch import nn
from torch.nn import functional as F


def losses(record):
    x, target = record["x"], record["target"]
    network = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
    record.load("model", network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    for _ in range(record.steps):
        loss = F.cross_entropy(network(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()
