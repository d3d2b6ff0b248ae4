import math

import torch


def losses(record):
    x, noise = record["x"], record["noise"]
    y = -torch.sin(x) - 0.5 * torch.cos(2.3 * x) + 0.2 * noise
    log_length, log_height, log_noise = (record[f"model.log_{name}"].requires_grad_() for name in ("length", "height", "noise"))
    optimizer = torch.optim.Adam([log_length, log_height, log_noise], lr=0.05)
    for _ in range(record.steps):
        covariance = torch.exp(2 * log_height - ((x - x.T) / log_length.exp()) ** 2 / 2)
        L = torch.linalg.cholesky(covariance + (2 * log_noise).exp() * torch.eye(len(x), dtype=x.dtype))
        alpha = torch.cholesky_solve(y, L)
        loss = (y * alpha).sum() / 2 + L.diagonal().log().sum() + 0.5 * math.log(2 * math.pi) * len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()
