"""What the rows of docs/from-pytorch.md are written with; inputs.h has the same."""
import numpy
import torch
from torch import nn, optim
from torch.nn import functional as F


def numbers(*shape, start):
    count = torch.Size(shape).numel()
    return torch.sin(start + 1.7 * torch.arange(count, dtype=torch.float64)).reshape(shape).float()


def inputs():
    x, y, v = numbers(3, 4, start=0.3), numbers(3, 4, start=0.9), numbers(4, start=0.1)
    a = numbers(3, 3, start=0.5) + 3 * torch.eye(3)
    img, k, seq = numbers(2, 3, 8, 8, start=0.2), numbers(4, 3, 3, 3, start=0.4), numbers(5, 2, 4, start=0.6)
    mask, idx, labels = y > 0, torch.tensor([[0, 2, 1, 0], [1, 1, 0, 2]]), torch.tensor([2, 0, 1])
    logp, pos = x.log_softmax(1), x.abs() + 0.5
    w = v.clone().requires_grad_()
    loss = w.square().sum()
    net = nn.Linear(4, 8)
    dataset = torch.utils.data.TensorDataset(x, labels)
    optimizer = optim.AdamW(net.parameters())
    net(x).square().sum().backward()
    return dict(globals(), **locals())


def values(rows):
    """Of each row that is a tensor or a number, its shape and its numbers; None of the others."""
    found = []
    for row in rows:
        if row.startswith("with "):
            found.append(None)
            continue
        value = eval(row, inputs())
        value = torch.tensor(value) if isinstance(value, (bool, int, float, list)) else value
        found.append((list(value.shape), value.detach().double().flatten().tolist()) if isinstance(value, torch.Tensor) else None)
    return found
