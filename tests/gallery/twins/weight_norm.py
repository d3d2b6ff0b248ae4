import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

SCALE = 2


class Adapted(nn.Module):
    """A frozen Linear with a LoRA, or with a DoRA, whose norm is a constant in the backward pass (Liu et al. 2024,
    section 4.3)."""

    def __init__(self, record, name, kind):
        super().__init__()
        self.weight, self.bias = record[f"{name}.weight"], record[f"{name}.bias"]
        parameters = ["lora_A", "lora_B"] + (["magnitude"] if kind == "dora" else [])
        for parameter in parameters:
            self.register_parameter(parameter, nn.Parameter(record[f"{name}.adapter.default.{parameter}"]))

    def forward(self, x):
        v = self.weight + SCALE * self.lora_B @ self.lora_A
        if hasattr(self, "magnitude"):
            v = (self.magnitude / v.norm(dim=1).detach())[:, None] * v
        return x @ v.T + self.bias


def network():
    return nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 16))


def losses(record):
    wanted = record.load("base", network())
    for layer, B, A, stretch in zip((wanted[0], wanted[2]), record.each("B"), record.each("A"), record.each("stretch")):
        layer.weight.data = torch.exp(0.4 * stretch) * (layer.weight.data + 0.05 * B @ A)
    normed = record.load("base", network())
    weight_norm(normed[0]), weight_norm(normed[2])
    students = [record.load("base", network()), normed] + [
        nn.Sequential(Adapted(record, f"{kind}.0", kind), nn.Tanh(), Adapted(record, f"{kind}.2", kind))
        for kind in ("lora", "dora")
    ]
    optimizers = [torch.optim.Adam(student.parameters(), lr=0.02) for student in students]
    schedulers = [torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, record.steps) for optimizer in optimizers]
    for x in record.each("x"):
        y = wanted(x).detach()
        total = 0
        for student, optimizer, scheduler in zip(students, optimizers, schedulers):
            loss = F.mse_loss(student(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item()
        yield total
