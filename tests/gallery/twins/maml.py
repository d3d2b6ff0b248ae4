import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

SHOTS, INNER_RATE = 10, 0.02


def adapted(net, x, y, steps):
    weights = dict(net.named_parameters())
    for _ in range(steps):
        loss = F.mse_loss(functional_call(net, weights, x), y)
        slopes = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
        weights = {name: weight - INNER_RATE * slope for (name, weight), slope in zip(weights.items(), slopes)}
    return weights


def loss_after(net, xs, ys, steps):
    return torch.stack([
        F.mse_loss(functional_call(net, adapted(net, x[:SHOTS], y[:SHOTS], steps), x[SHOTS:]), y[SHOTS:])
        for x, y in zip(xs, ys)
    ]).mean()


def losses(record):
    net = record.load("model", nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1)))
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    waves = zip(record.each("x"), record.each("amplitude"), record.each("phase"))
    for _, (x, amplitude, phase) in zip(range(record.steps), waves):
        loss = loss_after(net, x, amplitude * torch.sin(x - phase), 1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()
