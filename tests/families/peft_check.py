"""Holds every family's adapters and merged folders against transformers and PEFT: python peft_check.py FOLDER_OF_PROGRAMS

For a small model of each family with random weights: adapters that PEFT wrote (LoRA and DoRA on every linear layer) give
the same logits in `generate`, live and merged, and the folder that `merge` writes gives them in transformers.
"""
import json
import os
import subprocess
import sys
import tempfile

import peft
import torch
import transformers
from safetensors.torch import load_file

HERE = os.path.dirname(os.path.abspath(__file__))
WITHIN = 2e-5  # of the largest logit, in float32
TOKENS = [1, 5, 3, 9, 0, 2, 7]


def run(*command):
    result = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert result.returncode == 0, f"{' '.join(map(str, command))}\n{result.stderr}"
    return result.stdout


def logits_here(programs, model, folder, *arguments):
    path = os.path.join(folder, "logits.safetensors")
    run(os.path.join(programs, "generate"), "--model", model, "--tokens", ",".join(map(str, TOKENS)),
        "--max-new-tokens", 0, "--print-tokens", "--logits", path, *arguments)
    return load_file(path)["logits"]


def logits_there(model):
    model.eval()
    with torch.no_grad():
        return model(torch.tensor([TOKENS]), use_cache=False).logits[0].float()


def compare(what, found, expected):
    off = ((found - expected).abs().max() / expected.abs().max()).item()
    assert off < WITHIN, f"{what}: off by {off:.1e} of the largest logit"
    return off


def check(name, programs, folder):
    with open(os.path.join(HERE, name + ".json")) as file:
        fields = json.load(file)["config"]
    model_type = fields.pop("model_type")
    fields.pop("architectures")
    config = transformers.AutoConfig.for_model(model_type, **fields)
    config._attn_implementation = "eager"
    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    base = os.path.join(folder, "base")
    model.save_pretrained(base)
    worst = compare("as transformers saved it", logits_here(programs, base, folder), logits_there(model))
    for dora in [False, True]:
        model = transformers.AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager")
        adapted = peft.get_peft_model(model, peft.LoraConfig(r=2, lora_alpha=4, target_modules="all-linear", use_dora=dora,
                                                             fan_in_fan_out=model_type == "gpt2", task_type="CAUSAL_LM"))
        with torch.no_grad():
            for key, parameter in adapted.named_parameters():
                if "lora_" in key:
                    parameter.add_(0.2 * torch.rand_like(parameter))
        adapter, merged = os.path.join(folder, f"adapter{dora}"), os.path.join(folder, f"merged{dora}")
        adapted.save_pretrained(adapter)
        expected = logits_there(adapted)
        found = [logits_here(programs, base, folder, "--adapter", adapter)]
        run(os.path.join(programs, "merge"), "--model", base, "--adapter", adapter, "--output", merged)
        found.append(logits_here(programs, merged, folder))
        found.append(logits_there(transformers.AutoModelForCausalLM.from_pretrained(merged, attn_implementation="eager")))
        for what, logits in zip(["live", "merged", "merged, in transformers"], found):
            worst = max(worst, compare(f"{'DoRA' if dora else 'LoRA'} {what}", logits, expected))
    return worst


def main():
    programs, names = sys.argv[1], sys.argv[2:]
    names = names or sorted(file[:-5] for file in os.listdir(HERE) if file.endswith(".json"))
    failed = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(f"ok   {name}: {check(name, programs, folder):.1e}", flush=True)
            except Exception as error:  # the other cases are to run
                failed += 1
                print(f"FAIL {name}: {error}", flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
