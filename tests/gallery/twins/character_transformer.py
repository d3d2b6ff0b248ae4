import torch
from torch import nn
from torch.nn import functional as F


class Writer(nn.Module):
    def __init__(self, characters, most=80):
        super().__init__()
        self.embedding, self.place = nn.Embedding(characters, 64), nn.Embedding(most, 64)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(64, 4, 128, dropout=0, batch_first=True, norm_first=True) for _ in range(2)
        )
        self.norm, self.head = nn.LayerNorm(64), nn.Linear(64, characters)

    def forward(self, characters):
        length = characters.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool).triu(1)
        x = self.embedding(characters) + self.place(torch.arange(length))
        for layer in self.layers:
            x = layer(x, src_mask=mask, is_causal=True)
        return self.head(self.norm(x))


def losses(record):
    writer = record.load("model", Writer(len(record["model.embedding.weight"])))
    optimizer = torch.optim.AdamW(writer.parameters(), lr=1e-2)
    for step, window in enumerate(record.each("window")):
        loss = F.cross_entropy(writer(window[:, :-1]).flatten(0, 1), window[:, 1:].flatten())
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * min(step / 40, 1)  # the cosine comes after the 40 steps of warm-up
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(writer.parameters(), 1)
        optimizer.step()
        yield loss.item()
