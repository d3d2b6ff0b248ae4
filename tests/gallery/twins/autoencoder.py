import torch
from torch import nn
from torch.nn import functional as F


class Autoencoder(nn.Module):
    def __init__(self, pixels):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, 200), nn.ReLU(), nn.Linear(200, 4))
        self.decoder = nn.Sequential(
            nn.Linear(2, 100), nn.ReLU(), nn.Linear(100, 200), nn.ReLU(), nn.Linear(200, pixels)
        )


def losses(record):
    model = record.load("model", Autoencoder(400))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for x, noise in zip(record.each("x"), record.each("noise")):
        mean, log_var = model.encoder(x).chunk(2, 1)
        z = mean + torch.exp(0.5 * log_var) * noise
        unlike = F.binary_cross_entropy_with_logits(model.decoder(z), x, reduction="sum")
        divergence = -0.5 * (1 + log_var - mean.square() - log_var.exp()).sum()
        loss = (unlike + divergence) / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()
