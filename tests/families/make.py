"""Computes the cases of this folder with transformers: python make.py

Each case is one JSON file: the config.json of a small model, the names of its parameters in the order that numbers
their weights (see weight()), the logits of two texts, the loss and its gradients' norms and second elements. Everything
is computed in float64, also what transformers does in float32. No random numbers: running this again changes nothing.
"""
import json
import math
import os

import torch
import transformers

torch.set_default_dtype(torch.float64)
# What is done in float32 whatever the model's dtype: norms, angles, softmax.
torch.float32 = torch.float = torch.float64
torch.Tensor.float = torch.Tensor.double

TOKENS = [[1, 5, 3, 9, 0, 2, 7], [4, 4, 10, 8, 6, 1, 1]]
TARGETS = [[5, 3, 9, 0, 2, 7, -100], [4, 10, 8, 6, 1, -100, -100]]
BASE = {"vocab_size": 11, "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 3,
        "num_key_value_heads": 1, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2,
        "tie_word_embeddings": False}
ROPE = {"llama3": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                   "original_max_position_embeddings": 16},
        "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
        "yarn_with_mscale": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "mscale": 0.7,
                             "mscale_all_dim": 0.3, "beta_fast": 4.0, "beta_slow": 0.5, "truncate": False}}
LONG = {"rope_type": "longrope", "short_factor": [1.0, 1.5], "long_factor": [2.0, 3.0]}

CASES = {
    "llama": ("llama", {**BASE}),
    "llama_with_biases": ("llama", {**BASE, "attention_bias": True, "mlp_bias": True, "head_dim": 6}),
    "llama_linear": ("llama", {**BASE, "rope_scaling": {"rope_type": "linear", "factor": 2.0}}),
    "llama_dynamic": ("llama", {**BASE, "max_position_embeddings": 4, "rope_scaling": {"type": "dynamic", "factor": 3.0}}),
    **{f"llama_{name}": ("llama", {**BASE, "head_dim": 8, "rope_theta": 500.0, "rope_scaling": scaling})
       for name, scaling in ROPE.items()},
    "gpt2": ("gpt2", {"vocab_size": 11, "n_positions": 16, "n_embd": 12, "n_layer": 2, "n_head": 3, "n_inner": 20,
                      "bos_token_id": 1, "eos_token_id": 2}),
    "mistral": ("mistral", {**BASE, "sliding_window": 3}),
    "qwen2": ("qwen2", {**BASE}),
    "qwen2_with_windows": ("qwen2", {**BASE, "use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1}),
    "qwen3": ("qwen3", {**BASE, "head_dim": 6, "attention_bias": True}),
    "gemma": ("gemma", {**BASE, "head_dim": 6, "tie_word_embeddings": True}),
    "gemma2": ("gemma2", {**BASE, "head_dim": 6, "sliding_window": 3, "query_pre_attn_scalar": 5,
                          "attn_logit_softcapping": 0.5, "final_logit_softcapping": 2.0, "tie_word_embeddings": True}),
    "gemma3": ("gemma3_text", {**BASE, "head_dim": 6, "sliding_window": 3, "sliding_window_pattern": 2,
                               "query_pre_attn_scalar": 5, "rope_theta": 300.0, "rope_local_base_freq": 50.0,
                               "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "tie_word_embeddings": True}),
    "phi3": ("phi3", {**BASE, "sliding_window": 4}),
    "phi3_short": ("phi3", {**BASE, "rope_scaling": LONG, "original_max_position_embeddings": 8}),
    "phi3_long": ("phi3", {**BASE, "rope_scaling": LONG, "original_max_position_embeddings": 5}),
    "olmo2": ("olmo2", {**BASE}),
    "gpt_neox": ("gpt_neox", {**BASE, "rotary_pct": 0.5}),
    "gpt_neox_sequential": ("gpt_neox", {**BASE, "rotary_pct": 1.0, "rotary_emb_base": 200, "use_parallel_residual": False,
                                         "attention_bias": False, "hidden_act": "gelu_new"}),
}


def is_stored_transposed(name):
    """Whether the module keeps [in, out], which the library turns round."""
    return any(name.endswith(layer + ".weight") for layer in ("c_attn", "c_proj", "c_fc"))


def weight(number, like):
    """0.3·sin(0.7·i + number) for element i."""
    values = 0.3 * torch.sin(0.7 * torch.arange(like.numel(), dtype=torch.float64) + number)
    return values.reshape(like.shape)


def rounded(values):
    return [float(f"{v:.14g}") for v in values]


def main():
    for name, (model_type, fields) in CASES.items():
        fields = dict(fields)
        # An embedding's row for padding has no gradient in transformers, also where its token is another's.
        fields.setdefault("pad_token_id", None)
        if model_type == "gpt_neox":
            fields.pop("num_key_value_heads")
        config = transformers.AutoConfig.for_model(model_type, **json.loads(json.dumps(fields)))
        config._attn_implementation = "eager"
        model = transformers.AutoModelForCausalLM.from_config(config).to(torch.float64)
        model.eval()
        names = []
        with torch.no_grad():
            for number, (key, parameter) in enumerate(model.named_parameters()):
                names.append(key)
                # 1 more in the weights of norms that are not offset by 1 themselves.
                norm = key.endswith("weight") and ("norm" in key or "ln_" in key) and "gemma" not in model_type
                like = parameter.t() if is_stored_transposed(key) else parameter
                values = weight(number, like) + (1.0 if norm else 0.0)
                parameter.copy_(values.t() if is_stored_transposed(key) else values)
        tokens, targets = torch.tensor(TOKENS), torch.tensor(TARGETS)
        logits = model(tokens, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, 11), targets.reshape(-1), ignore_index=-100)
        loss.backward()
        turned = {key: p.grad.t() if is_stored_transposed(key) else p.grad for key, p in model.named_parameters()}
        gradients = {key: rounded([g.norm().item(), g.reshape(-1)[1].item()]) for key, g in turned.items()}
        case = {"config": {**fields, "model_type": model_type, "architectures": [type(model).__name__]},
                "parameters": names, "tokens": TOKENS, "targets": TARGETS,
                "logits": [[rounded(row.tolist()) for row in text] for text in logits.detach()],
                "loss": float(f"{loss.item():.14g}"), "gradients": gradients}
        assert math.isfinite(case["loss"]), name
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".json"), "w") as file:
            json.dump(case, file, indent=1)
            file.write("\n")
        print(name, case["loss"])


main()
