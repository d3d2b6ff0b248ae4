#!/usr/bin/env python3
"""Adapters of a small Llama with biases as PEFT saved them, and the logits that PEFT computes with each, in float32:
make_llama.py, beside which they are written. Needs torch, transformers, peft and safetensors."""

import json
import pathlib
import shutil
import warnings

import peft
import torch
import transformers
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent / "llama"
TOKENS = torch.tensor([[1, 5, 3, 9, 0, 2, 7]])
LINEARS = ["q_proj", "v_proj", "down_proj"]
CASES = {
    "patterns": dict(target_modules=LINEARS, rank_pattern={"down_proj": 5, "layers.0.mlp.down_proj": 3, "nothing": 4},
                     alpha_pattern={r"layers\.0\..*": 8, "q_proj": 3}, use_dora=True),
    "expressions": dict(target_modules=r"(?i).*\.LAYERS\.\d\..*(?<!o)_proj\Z", exclude_modules=r".*\.mlp\..*"),
    "layers": dict(target_modules=["up_proj", "lm_head", "model.layers.0.self_attn.o_proj", "nothing"],
                   layers_to_transform=[1], layers_pattern="layers"),
    "saved": dict(target_modules=LINEARS, modules_to_save=["lm_head", "norm"]),
    "saved_parts": dict(target_modules="all-linear", modules_to_save=["embed_tokens", "layers.1.mlp"], use_dora=True),
    "all_biases": dict(target_modules=LINEARS, bias="all", use_dora=True),
    "some_biases": dict(target_modules=LINEARS, bias="lora_only", lora_bias=True),
    "biases_of_saved": dict(target_modules=["v_proj"], bias="all", modules_to_save=["q_proj"]),
    "embedding": dict(target_modules=["embed_tokens", "q_proj"], use_dora=True),
    "pissa": dict(target_modules=LINEARS, init_lora_weights="pissa", rank_pattern={"down_proj": 3}),
    "olora": dict(target_modules=LINEARS, init_lora_weights="olora", use_dora=True),
}


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    config = transformers.LlamaConfig(vocab_size=11, hidden_size=8, intermediate_size=12, num_hidden_layers=2,
                                      num_attention_heads=2, num_key_value_heads=1, head_dim=4, attention_bias=True,
                                      mlp_bias=True, tie_word_embeddings=True, max_position_embeddings=64)
    config._attn_implementation = "eager"
    torch.manual_seed(1)
    model = transformers.LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(HERE / "base")
    (HERE / "base/generation_config.json").unlink()
    logits = {"base": model(TOKENS).logits.detach()}
    for name, fields in CASES.items():
        base = transformers.LlamaForCausalLM.from_pretrained(HERE / "base", attn_implementation="eager")
        adapted = peft.get_peft_model(base, peft.LoraConfig(r=2, lora_alpha=5, task_type="CAUSAL_LM", **fields))
        with torch.no_grad():
            for parameter in adapted.parameters():
                if parameter.requires_grad:
                    parameter.add_(0.2 * torch.randn_like(parameter))
        adapted.eval()
        logits[name] = adapted(TOKENS, use_cache=False).logits.detach()
        adapted.save_pretrained(HERE / name)
        (HERE / name / "README.md").unlink()
        path = HERE / name / "adapter_config.json"
        fields = json.loads(path.read_text()) | {"base_model_name_or_path": None}
        for list_of_names in ("target_modules", "exclude_modules"):
            if isinstance(fields[list_of_names], list):
                fields[list_of_names] = sorted(fields[list_of_names])
        path.write_text(json.dumps(fields, indent=1) + "\n")
    save_file({name: x.contiguous() for name, x in logits.items()}, HERE / "logits.safetensors")


if __name__ == "__main__":
    main()
