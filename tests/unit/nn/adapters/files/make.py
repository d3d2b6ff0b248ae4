#!/usr/bin/env python3
"""PEFT's own adapters of a small model that has a layer of each kind: LoRA and DoRA as folders that PEFT saved, and what
it computes with them, in float64: make.py, beside which they are written. Needs torch, peft and safetensors."""

import json
import pathlib
import shutil
import warnings

import peft
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent


class Net(torch.nn.Module):
    """ids [2, 7] to [2, 3] numbers, through an Embedding, a Conv1d, a Conv2d, a Conv3d and a Linear."""

    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(9, 6)
        self.line = torch.nn.Conv1d(6, 8, 3, stride=2, padding=1)
        self.groups = torch.nn.Conv1d(8, 8, 2, groups=2)
        self.image = torch.nn.Conv2d(2, 4, (3, 2), padding=(1, 0))
        self.body = torch.nn.Conv3d(4, 2, (1, 2, 1), bias=False)
        self.head = torch.nn.Linear(12, 3)

    def forward(self, ids):
        x = torch.tanh(self.line(self.table(ids).transpose(1, 2)))  # [2, 8, 4]
        x = torch.tanh(self.groups(x)).reshape(2, 2, 4, 3)
        x = torch.tanh(self.image(x)).unsqueeze(2)  # [2, 4, 1, 4, 2]
        return self.head(self.body(x).flatten(1))


def main():
    torch.manual_seed(1)
    model = Net().double()
    ids = torch.tensor([[1, 5, 3, 8, 0, 2, 7], [4, 4, 6, 1, 1, 8, 3]])
    upstream = torch.randn(2, 3, dtype=torch.float64)
    tensors = {"base." + name: x.detach().clone() for name, x in model.state_dict().items()}
    tensors |= {"ids": ids, "upstream": upstream, "base_y": model(ids).detach()}
    for kind in ("lora", "dora"):
        # PEFT's norm for a convolution in groups mixes rows of different groups, and nothing else has it.
        names = ["table", "line", "image", "body", "head"] + (["groups"] if kind == "lora" else [])
        config = peft.LoraConfig(r=2, lora_alpha=5, target_modules=names, use_dora=kind == "dora", rank_pattern={"line": 3})
        base = Net().double()
        base.load_state_dict(model.state_dict())
        adapted = peft.get_peft_model(base, config)
        with torch.no_grad():
            for name, x in adapted.named_parameters():
                if "lora_" in name:
                    x.add_(0.4 * torch.randn_like(x))
        shutil.rmtree(HERE / kind, ignore_errors=True)
        adapted.save_pretrained(HERE / kind)
        (HERE / kind / "README.md").unlink()
        path = HERE / kind / "adapter_config.json"
        fields = json.loads(path.read_text())
        path.write_text(json.dumps(fields | {"target_modules": sorted(fields["target_modules"])}, indent=1) + "\n")
        y = adapted(ids)
        y.backward(upstream)
        tensors[kind + ".y"] = y.detach()
        for name, x in adapted.named_parameters():
            if x.grad is not None:
                key = name.replace(".default", "").replace("lora_magnitude_vector.weight", "lora_magnitude_vector")
                tensors[f"{kind}.grad.{key}"] = x.grad
        if kind == "dora":
            merged = adapted.merge_and_unload()
            tensors |= {"dora.merged." + name: x.detach().clone() for name, x in merged.state_dict().items()}
    save_file({name: x.contiguous() for name, x in tensors.items()}, HERE / "peft_layers.safetensors")


if __name__ == "__main__":
    main()
