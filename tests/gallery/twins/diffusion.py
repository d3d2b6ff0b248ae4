import math

import torch
from torch import nn
from torch.nn import functional as F

TIMES = 100


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.network = nn.Sequential(
            nn.Linear(2 + 12 + 16, 128), nn.SiLU(), nn.Linear(128, 128), nn.SiLU(),
            nn.Linear(128, 128), nn.SiLU(), nn.Linear(128, 2),
        )

    def forward(self, x, t):
        in_place = (x.unsqueeze(2) * torch.tensor([1.5, 3.0, 6.0], dtype=x.dtype)).flatten(1)
        in_time = t.to(x.dtype).unsqueeze(1) * torch.arange(1, 9, dtype=x.dtype) / TIMES
        waves = torch.cat([in_place, in_time], 1)
        return self.network(torch.cat([x, waves.sin(), waves.cos()], 1))


def losses(record):
    denoiser = record.load("model", Denoiser())
    optimizer = torch.optim.Adam(denoiser.parameters(), lr=5e-3)
    kept = None
    for step, (x, t, noise) in enumerate(zip(record.each("x"), record.each("t"), record.each("noise"))):
        if kept is None:
            kept = torch.cumprod(1 - torch.linspace(1e-3, 0.2, TIMES, dtype=x.dtype), 0)
        share = kept[t].unsqueeze(1)
        loss = F.mse_loss(denoiser(share.sqrt() * x + (1 - share).sqrt() * noise, t), noise)
        for group in optimizer.param_groups:
            group["lr"] = 5e-3 * (1 + math.cos(math.pi * step / record.steps)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()
