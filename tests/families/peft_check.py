"""Holds every family's adapters and merged folders against transformers and PEFT: python peft_check.py FOLDER_OF_PROGRAMS

For a small model of each family with random weights: adapters that PEFT wrote (LoRA and DoRA on every linear layer) give
the same logits in `generate`, live and merged, and the folder that `merge` writes gives them in transformers. Adapters
that `finetune` trained for a few steps give in PEFT the logits that `generate` computes.
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
    adapters = {"LoRA": {"target_modules": "all-linear"}, "DoRA": {"target_modules": "all-linear", "use_dora": True}}
    if not model.config.tie_word_embeddings:
        adapters["LoRA on the output layer"] = {"target_modules": ["lm_head"]}
    for kind, options in adapters.items():
        model = transformers.AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager")
        adapted = peft.get_peft_model(model, peft.LoraConfig(r=2, lora_alpha=4, fan_in_fan_out=model_type == "gpt2",
                                                             task_type="CAUSAL_LM", **options))
        with torch.no_grad():
            for key, parameter in adapted.named_parameters():
                if "lora_" in key:
                    parameter.add_(0.2 * torch.rand_like(parameter))
        adapter, merged = os.path.join(folder, f"adapter {kind}"), os.path.join(folder, f"merged {kind}")
        adapted.save_pretrained(adapter)
        expected = logits_there(adapted)
        found = [logits_here(programs, base, folder, "--adapter", adapter)]
        run(os.path.join(programs, "merge"), "--model", base, "--adapter", adapter, "--output", merged)
        found.append(logits_here(programs, merged, folder))
        found.append(logits_there(transformers.AutoModelForCausalLM.from_pretrained(merged, attn_implementation="eager")))
        for what, logits in zip(["live", "merged", "merged, in transformers"], found):
            worst = max(worst, compare(f"{kind} {what}", logits, expected))
    for number, options in enumerate(TRAINED):
        worst = max(worst, check_trained(programs, folder, base, number, options))
    return worst


TRAINED = [["--method", "lora", "--bias", "lora_only", "--lora-bias"],
           ["--method", "dora", "--bias", "all", "--modules-to-save", "HEAD", "--layers-to-transform", "1"],
           ["--method", "lora", "--init", "pissa", "--rslora"],
           ["--method", "dora", "--init", "olora"],
           ["--method", "vera", "--modules-to-save", "NORM"]]
# What families call the last norm, where it is another name.
NAMES = {"gpt2": {"NORM": "ln_f"}, "gpt_neox": {"NORM": "final_layer_norm"}}


def check_trained(programs, folder, base, number, options):
    """What `finetune` wrote, computed by PEFT."""
    with open(os.path.join(base, "config.json")) as file:
        config = json.load(file)
    names = {"HEAD": "lm_head", "NORM": "norm", **NAMES.get(config["model_type"], {})}
    options = [names.get(option, option) for option in options]
    with open(os.path.join(base, "vocabulary.txt"), "w") as file:
        file.write("".join(f"w{i}\n" for i in range(config["vocab_size"])))
    documents, output = os.path.join(folder, "documents.txt"), os.path.join(folder, f"trained{number}")
    with open(documents, "w") as file:
        file.write("w1 w5 w3 w2 w4\nw2 w2 w6 w3 w1\n")
    run(os.path.join(programs, "finetune"), "--model", base, "--data", documents, "--max-steps", 3, "--warmup-steps", 0,
        "--lr", 0.05, "--rank", 2, "--alpha", 4, "--target-modules", "all-linear", "--dropout", 0, "--output", output,
        *options)
    os.remove(os.path.join(base, "vocabulary.txt"))
    model = transformers.AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager")
    expected = logits_there(peft.PeftModel.from_pretrained(model, output))
    return compare(f"trained by {' '.join(options)}", logits_here(programs, base, folder, "--adapter", output), expected)


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
