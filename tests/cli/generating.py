"""generate, merge and params: what they print and write, and what they refuse."""
import json
import math
import os
import resource
import signal
import subprocess

import harness
from files import DOCUMENTS, LAYERS, MLP, WIDTH, WORDS, make_model, parameters, read_safetensors, write_safetensors
from harness import Folder, refuses, succeeds


def trained(folder):
    """A model and a DoRA adapter on it that has been trained."""
    make_model(folder / "model")
    folder.write("lines.txt", DOCUMENTS)
    succeeds("finetune", "--model", folder / "model", "--data", folder / "lines.txt", "--rank", 3, "--alpha", 5, "--lr", "3e-2",
             "--warmup-steps", 0, "--max-steps", 20, "--batch-size", 3, "--threads", 1, "--output", folder / "adapter")


def numbers(text):
    assert text.count("\n") == 1 and text.endswith("\n"), text
    return [int(word) for word in text.split()]


def close(a, b, tolerance=1e-4):
    return len(a) == len(b) and all(abs(x - y) <= tolerance * max(1, abs(y)) for x, y in zip(a, b))


def test_tokens_and_logits_are_those_of_the_text():
    with Folder() as folder:
        trained(folder)
        base = ["--model", folder / "model", "--threads", 1, "--max-new-tokens", 5]
        tokens = numbers(succeeds("generate", *base, "--prompt", "the cat", "--print-tokens", "--logits", folder / "l.safetensors").out)
        assert tokens[:3] == [1, WORDS.index("the"), WORDS.index("cat")] and len(tokens) <= 8
        tensors, _ = read_safetensors(folder / "l.safetensors")
        assert set(tensors) == {"tokens", "logits"}
        assert tensors["tokens"] == ("I64", [len(tokens)], tokens)
        dtype, shape, logits = tensors["logits"]
        assert dtype == "F32" and shape == [len(tokens), len(WORDS)]
        # Each token that was taken is the likeliest after those before it.
        for i in range(2, len(tokens) - 1):
            row = logits[i * len(WORDS):(i + 1) * len(WORDS)]
            assert row.index(max(row)) == tokens[i + 1]
        assert numbers(succeeds("generate", *base, "--tokens", "1,14,16", "--print-tokens").out) == tokens
        text = succeeds("generate", *base, "--prompt", "the cat").out
        assert text.split() == [WORDS[token] for token in tokens if token > 2]
        assert numbers(succeeds("generate", *base[:-1], 0, "--tokens", "1,14", "--print-tokens").out) == [1, 14]


def test_an_adapter_changes_the_logits_and_merging_does_not():
    with Folder() as folder:
        trained(folder)
        base = ["--threads", 1, "--max-new-tokens", 0, "--tokens", "1,14,15,6", "--print-tokens", "--logits"]
        runs = {"plain": ["--model", folder / "model"], "adapted": ["--model", folder / "model", "--adapter", folder / "adapter"],
                "merged": ["--model", folder / "model", "--adapter", folder / "adapter", "--merge"]}
        succeeds("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", folder / "whole")
        runs["whole"] = ["--model", folder / "whole"]
        logits = {}
        for name, arguments in runs.items():
            succeeds("generate", *arguments, *base, folder / (name + ".logits"))
            logits[name] = read_safetensors(folder / (name + ".logits"))[0]["logits"][2]
        assert not close(logits["plain"], logits["adapted"], 1e-2)
        assert close(logits["adapted"], logits["merged"]) and close(logits["adapted"], logits["whole"])
        assert sorted(os.listdir(folder / "whole")) == ["config.json", "model.safetensors", "vocabulary.txt"]
        assert read_safetensors(folder / "whole/model.safetensors")[0].keys() == read_safetensors(folder / "model/model.safetensors")[0].keys()


def test_an_adapter_on_a_tied_output_layer_is_kept_by_merging():
    with Folder() as folder:
        make_model(folder / "model", tied=True)
        folder.write("lines.txt", DOCUMENTS)
        succeeds("finetune", "--model", folder / "model", "--data", folder / "lines.txt", "--rank", 3, "--alpha", 5, "--lr", "3e-2",
                 "--target-modules", "lm_head", "--warmup-steps", 0, "--max-steps", 10, "--batch-size", 3, "--threads", 1,
                 "--output", folder / "adapter")
        succeeds("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", folder / "whole")
        base = ["--threads", 1, "--max-new-tokens", 0, "--tokens", "1,14,15,6", "--print-tokens", "--logits"]
        logits = []
        for i, arguments in enumerate([["--model", folder / "model"], ["--model", folder / "model", "--adapter", folder / "adapter"],
                                       ["--model", folder / "whole"]]):
            succeeds("generate", *arguments, *base, folder / f"{i}.logits")
            logits.append(read_safetensors(folder / f"{i}.logits")[0]["logits"][2])
        assert not close(logits[0], logits[1], 1e-2) and close(logits[1], logits[2])
        # A configuration that says tied, with an output layer of its own in the file, is no model.
        config = json.load(open(folder / "whole/config.json"))
        assert config["tie_word_embeddings"] is False
        folder.write("whole/config.json", json.dumps(dict(config, tie_word_embeddings=True)))
        refuses("generate", "--model", folder / "whole", *base, folder / "x.logits", says=["lm_head", "tie_word_embeddings"])


def test_an_adapter_that_brings_the_base_weight_is_taken_if_it_is_the_models():
    with Folder() as folder:
        make_model(folder / "model", tied=True)
        folder.write("lines.txt", DOCUMENTS)
        succeeds("finetune", "--model", folder / "model", "--data", folder / "lines.txt", "--rank", 3, "--alpha", 5,
                 "--target-modules", "lm_head", "--max-steps", 1, "--threads", 1, "--output", folder / "adapter")
        path = folder / "adapter/adapter_model.safetensors"
        tensors = {name: (shape, values) for name, (_, shape, values) in read_safetensors(path)[0].items()}
        _, shape, values = read_safetensors(folder / "model/model.safetensors")[0]["model.embed_tokens.weight"]
        arguments = ["--model", folder / "model", "--adapter", folder / "adapter", "--tokens", "1,14", "--max-new-tokens", 1]
        write_safetensors(path, dict(tensors, **{"base_model.model.lm_head.base_layer.weight": (shape, values)}))
        succeeds("generate", *arguments)
        other = [values[0] + 1, *values[1:]]
        write_safetensors(path, dict(tensors, **{"base_model.model.lm_head.base_layer.weight": (shape, other)}))
        refuses("generate", *arguments, says="another model")


def test_a_token_may_stand_in_a_prompt_twice_and_a_prompt_may_be_empty():
    with Folder() as folder:
        make_model(folder / "model")
        base = ["--model", folder / "model", "--threads", 1, "--print-tokens"]
        assert numbers(succeeds("generate", *base, "--tokens", "1,14,14,1", "--max-new-tokens", 0).out) == [1, 14, 14, 1]
        assert numbers(succeeds("generate", *base, "--prompt", "", "--max-new-tokens", 0).out) == [1]
        assert numbers(succeeds("generate", *base, "--prompt=", "--max-new-tokens", 0).out) == [1]


def test_what_cannot_be_printed_is_an_error():
    with Folder() as folder:
        make_model(folder / "model")
        for command in [["generate", "--model", folder / "model", "--tokens", "1"], ["params", "--config", "llama-7b"], ["finetune", "--help"]]:
            with open("/dev/full", "w") as full:
                result = subprocess.run(harness.command(*command), stdout=full, stderr=subprocess.PIPE)
            assert result.returncode == 2 and result.stderr.count(b"\n") == 1, (command, result)


def test_a_merge_that_fails_leaves_no_folder():
    with Folder() as folder:
        trained(folder)
        limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))
        result = subprocess.run(harness.command("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output",
                                                folder / "out"), capture_output=True, preexec_fn=limit)
        assert result.returncode == 2 and b"model.safetensors" in result.stderr, result
        assert not os.path.exists(folder / "out")


def test_sampling_is_reproducible_and_bounded_by_top_k_and_top_p():
    with Folder() as folder:
        make_model(folder / "model")
        base = ["--model", folder / "model", "--prompt", "the", "--threads", 1, "--max-new-tokens", 12, "--print-tokens"]
        hot = [*base, "--temperature", 2]
        draws = [succeeds("generate", *hot, "--seed", seed).out for seed in [1, 1, 2, 3, 4]]
        assert draws[0] == draws[1] and len(set(draws)) > 2
        greedy = succeeds("generate", *base).out
        assert succeeds("generate", *hot, "--top-k", 1).out == greedy
        assert succeeds("generate", *base, "--top-k", 3, "--top-p", 0.5, "--seed", 9).out == greedy
        assert succeeds("generate", *hot, "--top-p", "1e-6").out == greedy


def test_bad_options_of_generate_and_merge_are_named():
    with Folder() as folder:
        make_model(folder / "model")
        base = ["--model", folder / "model"]
        before = folder.everything()
        for arguments, word in [
            ([], "--model"), (base, "--prompt"), ([*base, "--prompt", "the", "--tokens", "1"], "--prompt"),
            ([*base, "--tokens", "1,20"], "--tokens 20"), ([*base, "--tokens", "1,-1"], "--tokens -1"),
            ([*base, "--tokens", "1,,2"], "--tokens"), ([*base, "--tokens", "1,x"], "--tokens x"),
            ([*base, "--prompt", "nonsense"], "nonsense"),
            ([*base, "--prompt", "nonsense"], "--prompt: "), ([*base, "--tokens="], "--tokens: the value is empty"), ([*base, "--prompt", "the", "--merge"], "--merge"),
            ([*base, "--prompt", "the", "--temperature", "-1"], "--temperature"),
            ([*base, "--prompt", "the", "--temperature", "nan"], "--temperature"),
            ([*base, "--prompt", "the", "--temperature", "1", "--top-k", "0"], "--top-k 0"),
            ([*base, "--prompt", "the", "--temperature", "1", "--top-p", "1.5"], "--top-p 1.5"),
            ([*base, "--prompt", "the", "--max-new-tokens", "-1"], "--max-new-tokens"),
            ([*base, "--prompt", "the", "--adapter", folder / "none"], "none"),
            (["--model", folder / "none", "--prompt", "the"], "none"),
            ([*base, "--prompt", "the", "--logits", folder / "none/l.safetensors", "--max-new-tokens", "1"], "none"),
        ]:
            refuses("generate", *arguments, says=word)
        for arguments, word in [
            ([], "--model"), (base, "--adapter"), ([*base, "--adapter", folder / "none"], "--output"),
            ([*base, "--adapter", folder / "none", "--output", folder / "out"], "none"),
            ([*base, "--adapter", folder / "none", "--output", folder / "model"], "--output"),
        ]:
            refuses("merge", *arguments, says=word)
        assert folder.everything() == before


def test_a_damaged_adapter_is_named_and_leaves_nothing():
    with Folder() as folder:
        trained(folder)
        config = open(folder / "adapter/adapter_config.json").read()
        raw = open(folder / "adapter/adapter_model.safetensors", "rb").read()
        tensors = {name: (shape, values) for name, (_, shape, values) in read_safetensors(folder / "adapter/adapter_model.safetensors")[0].items()}
        first = sorted(tensors)[0]
        missing = {name: tensor for name, tensor in tensors.items() if name != first}
        surplus = dict(tensors, **{first.replace("layers.0", "layers.7"): tensors[first]})
        shape = dict(tensors, **{first: (list(reversed(tensors[first][0])), tensors[first][1])})
        cases = [("adapter_model.safetensors", raw[:-1]), ("adapter_model.safetensors", b"{}"), ("adapter_config.json", config[:-5]),
                 ("adapter_config.json", config.replace('"r": 3', '"r": -3')), ("adapter_config.json", config.replace('"r": 3', '"r": 4')),
                 ("adapter_config.json", config.replace("q_proj", "w_proj")), ("adapter_config.json", config.replace('"LORA"', '"IA3"')),
                 ("adapter_config.json", "[]")]
        for changed in [missing, surplus, shape]:
            write_safetensors(folder / "changed", changed)
            cases.append(("adapter_model.safetensors", open(folder / "changed", "rb").read()))
        for name, content in cases:
            kept = open(os.path.join(folder / "adapter", name), "rb").read()
            folder.write("adapter/" + name, content)
            refuses("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", folder / "out", says="adapter")
            refuses("generate", "--model", folder / "model", "--adapter", folder / "adapter", "--prompt", "the", says="adapter")
            folder.write("adapter/" + name, kept)
            assert not os.path.exists(folder / "out"), name


def test_params_counts_what_the_papers_tables_say():
    # DoRA's Table 1: LoRA 0.83 %, DoRA 0.84 % and, at half the rank, 0.43 % of LLaMA-7B; LLaMA-13B 0.67 %, 0.68 %, 0.35 %.
    for config, method, rank, percent in [
        ("llama-7b", "lora", 32, 0.83), ("llama-7b", "dora", 32, 0.84), ("llama-7b", "dora", 16, 0.43),
        ("llama-13b", "lora", 32, 0.67), ("llama-13b", "dora", 32, 0.68), ("llama-13b", "dora", 16, 0.35),
        ("llama2-7b", "lora", 32, 0.83), ("llama2-7b", "dora", 32, 0.84), ("llama2-7b", "dora", 16, 0.43),
        ("llama3-8b", "lora", 32, 0.70), ("llama3-8b", "dora", 32, 0.71),
    ]:
        result = succeeds("params", "--config", config, "--method", method, "--rank", rank, "--json")
        counted = json.loads(result.out)
        assert set(counted) == {"trainable", "total", "percent"}
        assert abs(counted["percent"] - percent) <= 0.0101, (config, method, rank, counted)
    counted = json.loads(succeeds("params", "--config", "llama-7b", "--method", "full", "--json").out)
    assert counted == {"trainable": 6738415616, "total": 6738415616, "percent": 100.0}


def test_params_stands_beside_what_the_paper_prints():
    rows = json.loads(succeeds("params", "--paper", "--json").out)
    assert len(rows) == 28 and [row["table"] for row in rows] == [1] * 12 + [6] * 6 + [15] * 10
    for row in rows:
        assert math.isclose(row["percent"], 100 * row["trainable"] / row["total"]) and abs(row["percent"] - row["paper"]) < 0.012, row
        assert row["same"] == (f'{row["percent"]:.2f}' == f'{row["paper"]:.2f}'), row
    differ = {(row["table"], row["model"], row["method"], row["rank"]) for row in rows if not row["same"]}
    assert differ == {(1, "llama3-8b", "dora", 16), (6, "llama-13b", "dora", 32), (15, "llama-7b", "lora", 16), (15, "llama-7b", "dora", 4)}, differ
    # By hand: the paper's LLaMA-7B, rank 32 on Q, K, V, up and down.
    counted = next(row for row in rows if row["model"] == "llama-7b" and row["method"] == "lora" and row["rank"] == 32)
    assert counted["trainable"] == 32 * 32 * (3 * (4096 + 4096) + 2 * (4096 + 11008))
    text = succeeds("params", "--paper").out
    assert text.count("*") == 5 and "llama3-8b" in text
    refuses("params", "--paper", "--rank", 3, says="--paper")


def test_params_reads_a_config_and_prints_lines():
    with Folder() as folder:
        make_model(folder / "model")
        rank = 2
        trainable = LAYERS * (rank * 2 * WIDTH + rank * (WIDTH + MLP) + WIDTH + WIDTH)
        text = succeeds("params", "--config", folder / "model/config.json", "--method", "dora", "--rank", rank, "--target-modules",
                        "q_proj,down_proj").out
        assert text.splitlines()[:2] == [f"trainable {trainable}", f"total {parameters() + trainable}"], text
        refuses("params", says="--config")
        refuses("params", "--config", "llama-8b", says="llama-8b")
        result = succeeds("params", "--config", "llama-7b", "--method", "full", "--rank", 3)
        assert result.err.count("\n") == 1 and "--rank" in result.err
        refuses("params", "--config", "llama-7b", "--method", "magnitude", "--magnitude-modules", "gate_proj", "--target-modules",
                "q_proj", says="--magnitude-modules")
        refuses("params", "--config", "llama-7b", "--method", "dora", "--magnitude-modules", "q_proj", says="q_proj")
        refuses("params", "--config", "llama-7b", "--target-modules", "nothing", says="nothing")
        refuses("params", "--config", "llama-7b", "--rank", "0", says="--rank")
