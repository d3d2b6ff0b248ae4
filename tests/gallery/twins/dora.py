import torch
from torch import nn
from torch.nn import functional as F

SCALE = 2


class Adapted(nn.Module):
    """A frozen Linear or Conv2d with a DoRA: the rows of W + BA, or its filters, have the lengths `magnitude`; the norm
    is a constant in the backward pass (Liu et al. 2024, section 4.3)."""

    def __init__(self, record, name):
        super().__init__()
        self.weight, self.bias = record[f"{name}.weight"], record[f"{name}.bias"]
        for parameter in ("lora_A", "lora_B", "magnitude"):
            self.register_parameter(parameter, nn.Parameter(record[f"{name}.adapter.default.{parameter}"]))

    def forward(self, x):
        product = self.lora_B.flatten(1) @ self.lora_A.flatten(1)  # [out, in], or [out, in · taps]
        v = self.weight + SCALE * product.reshape(self.weight.shape)
        length = v.flatten(1).norm(dim=1).detach()
        v = (self.magnitude.flatten() / length).reshape(-1, *[1] * (v.ndim - 1)) * v
        return F.linear(x, v, self.bias) if v.ndim == 2 else F.conv2d(x, v, self.bias, padding=1)


def losses(record):
    perceptron = nn.Sequential(nn.Flatten(), Adapted(record, "perceptron.1"), nn.ReLU(), Adapted(record, "perceptron.3"))
    convolutional = nn.Sequential(
        Adapted(record, "convolutional.0"), nn.ReLU(), nn.MaxPool2d(2),
        Adapted(record, "convolutional.3"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), Adapted(record, "convolutional.7"),
    )
    nets = (perceptron, convolutional)
    optimizers = [torch.optim.Adam(net.parameters(), lr=1e-2) for net in nets]
    for x, target in zip(record.each("x"), record.each("target")):
        total = 0
        for net, optimizer in zip(nets, optimizers):
            loss = F.cross_entropy(net(x), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        yield total
