"""finetune's options for what an adapter is put on and how it begins, seen in what it writes and computes."""
from files import LAYERS, read_json, read_safetensors
from finetuning import adapter, common
from harness import Folder, refuses, succeeds


def trained(folder, name, *options):
    """The configuration and the tensors' shapes of an adapter trained for two steps."""
    succeeds("finetune", *common(folder, *adapter("--max-steps", 2, "--dropout", 0), "--output", folder / name, *options))
    tensors, _ = read_safetensors(folder / name + "/adapter_model.safetensors")
    return read_json(folder / name + "/adapter_config.json"), {key: value[1] for key, value in tensors.items()}


def logits(folder, *options):
    succeeds("generate", "--model", folder / "model", "--tokens", "1,6,7,8", "--max-new-tokens", 0, "--print-tokens", "--logits",
             folder / "logits", *options)
    return read_safetensors(folder / "logits")[0]["logits"][2]


def folds_in(folder, name):
    """Whether the adapter does something, and the same when it is folded into the weights."""
    live, merged, without = logits(folder, "--adapter", folder / name), logits(folder, "--adapter", folder / name, "--merge"), logits(folder)
    largest = max(map(abs, live))
    assert max(abs(a - b) for a, b in zip(live, without)) > 1e-4 * largest, name
    assert max(abs(a - b) for a, b in zip(live, merged)) < 1e-4 * largest, name


def test_all_linear_is_every_linear_layer_but_the_output_layer():
    with Folder() as folder:
        for method in ["lora", "dora"]:
            config, tensors = trained(folder, method, "--method", method, "--target-modules", "all-linear")
            assert config["target_modules"] == "all-linear"
            assert len([name for name in tensors if name.endswith("lora_A.weight")]) == 7 * LAYERS
            assert not any("lm_head" in name for name in tensors)
            folds_in(folder, method)


def test_modules_are_left_out_and_layers_chosen():
    with Folder() as folder:
        _, tensors = trained(folder, "some", "--method", "lora", "--target-modules", "q_proj,v_proj,up_proj", "--exclude-modules", "v_proj",
                             "--layers-to-transform", "1")
        assert sorted(name.split("layers.")[1] for name in tensors if "lora_A" in name) == ["1.mlp.up_proj.lora_A.weight", "1.self_attn.q_proj.lora_A.weight"]


def test_the_first_pattern_that_fits_gives_rank_and_alpha():
    with Folder() as folder:
        config, tensors = trained(folder, "patterns", "--method", "lora", "--target-modules", "q_proj,v_proj", "--rank-pattern",
                                  "q_proj=3,layers.0.self_attn.q_proj=2", "--alpha-pattern", "v_proj=1")
        assert list(config["rank_pattern"].items()) == [("q_proj", 3), ("layers.0.self_attn.q_proj", 2)] and config["alpha_pattern"] == {"v_proj": 1}
        assert {shape[0] for name, shape in tensors.items() if "q_proj.lora_A" in name} == {3}
        folds_in(folder, "patterns")
        refuses("finetune", *common(folder, *adapter(), "--method", "lora", "--rank-pattern", "q_proj", "--output", folder / "bad"),
                says="--rank-pattern")


def test_whole_modules_are_trained_and_saved_beside_the_products():
    with Folder() as folder:
        config, tensors = trained(folder, "saved", "--method", "dora", "--target-modules", "q_proj", "--modules-to-save", "lm_head,norm")
        assert config["modules_to_save"] == ["lm_head", "norm"]
        assert {"base_model.model.lm_head.weight", "base_model.model.model.norm.weight"} <= set(tensors)
        folds_in(folder, "saved")


def test_an_adapter_may_begin_with_parts_of_the_weight():
    with Folder() as folder:
        for init in ["gaussian", "pissa", "olora"]:
            _, tensors = trained(folder, init, "--method", "lora", "--target-modules", "q_proj,down_proj", "--init", init)
            folds_in(folder, init)
            # What begins with the weight's own parts is kept as a product of twice the rank on the weight itself.
            ranks = {shape[0] for name, shape in tensors.items() if "lora_A" in name}
            assert ranks == {4 if init == "gaussian" else 8}, (init, ranks)
        refuses("finetune", *common(folder, *adapter(), "--method", "lora", "--init", "loftq", "--output", folder / "bad"), says=["--init", "loftq"])
