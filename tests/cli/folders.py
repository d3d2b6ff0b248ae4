"""The model folders that generate and merge read and write: their tokenizers, other files, and dtypes."""
import json
import os

from files import DOCUMENTS, bfloat16, make_model, read_json, read_safetensors
from harness import Folder, refuses, succeeds

COMPANIONS = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "generation_config.json",
              "chat_template.jinja"]


def train(folder, *options):
    folder.write("lines.txt", DOCUMENTS)
    succeeds("finetune", "--model", folder / "model", "--data", folder / "lines.txt", "--rank", 3, "--alpha", 5, "--lr", "3e-2",
             "--target-modules", "q_proj,up_proj", "--warmup-steps", 0, "--max-steps", 10, "--batch-size", 3, "--threads", 1,
             "--output", folder / "adapter", *options)


def merge(folder, name, *options):
    succeeds("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", folder / name, *options)
    return read_safetensors(folder / name + "/model.safetensors")[0], read_json(folder / name + "/config.json")["torch_dtype"]


def test_token_numbers_and_merging_need_no_tokenizer():
    with Folder() as folder:
        make_model(folder / "model")
        train(folder)
        tokens = ["--model", folder / "model", "--threads", 1, "--max-new-tokens", 2, "--tokens", "1,14"]
        with_one = succeeds("generate", *tokens, "--print-tokens").out
        os.remove(folder / "model/vocabulary.txt")
        assert succeeds("generate", *tokens, "--print-tokens", "--logits", folder / "l").out == with_one
        refuses("generate", *tokens, says="tokenizer.model")
        refuses("generate", *tokens[:-2], "--prompt", "the", says="tokenizer.model")
        merge(folder, "whole")
        assert set(os.listdir(folder / "whole")) == {"config.json", "model.safetensors"}
        # A tokenizer of another form cannot be read, but is the model's.
        folder.write("model/tokenizer.json", "{}")
        merge(folder, "with")
        assert open(folder / "with/tokenizer.json").read() == "{}"
        refuses("generate", *tokens, says="tokenizer.json")


def test_merging_takes_along_whatever_goes_with_the_model():
    with Folder() as folder:
        make_model(folder / "model")
        train(folder)
        for name in COMPANIONS:
            folder.write("model/" + name, json.dumps({"name": name}))
        folder.write("model/optimizer.pt", "not the model's")
        merge(folder, "whole")
        assert set(os.listdir(folder / "whole")) == {*COMPANIONS, "config.json", "model.safetensors", "vocabulary.txt"}
        for name in COMPANIONS:
            assert open(folder / "whole/" + name).read() == json.dumps({"name": name})


def test_a_gguf_file_and_a_folder_are_made_of_each_other_without_an_adapter():
    small = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit/nn/io/files/small_llama.gguf")
    with Folder() as folder:
        succeeds("merge", "--model", small, "--output", folder / "whole")
        succeeds("merge", "--model", folder / "whole", "--to", "gguf", "--gguf-type", "f32", "--output", folder / "small.gguf")
        found = []
        for model in [small, folder / "whole", folder / "small.gguf"]:
            out = succeeds("generate", "--model", model, "--tokens", "1,5,3", "--max-new-tokens", 4, "--threads", 1,
                           "--print-tokens", "--logits", folder / "l").out
            found.append((out, read_safetensors(folder / "l")[0]["logits"][2]))
        for out, logits in found[1:]:
            assert out == found[0][0]
            assert all(abs(a - b) < 1e-4 for a, b in zip(logits, found[0][1]))
        refuses("merge", "--model", folder / "whole", "--output", folder / "again", says="--adapter is missing")
        refuses("merge", "--model", small, "--output", small, says=["--output", "would be lost"])


def test_merging_replaces_what_was_merged_before_and_nothing_else_unasked():
    with Folder() as folder:
        make_model(folder / "model")
        train(folder)
        merge(folder, "whole")
        first = open(folder / "whole/model.safetensors", "rb").read()
        folder.write("whole/notes.txt", "mine")
        train(folder, "--seed", 1)
        merge(folder, "whole")
        assert open(folder / "whole/model.safetensors", "rb").read() != first and open(folder / "whole/notes.txt").read() == "mine"
        make_model(folder / "other")
        succeeds("finetune", "--model", folder / "model", "--data", folder / "lines.txt", "--method", "full,dora", "--rank", 2,
                 "--max-steps", 0, "--threads", 1, "--output", folder / "run")
        for name in ["other", "adapter", "run", "run/full"]:
            before = {one: open(folder / one, "rb").read() for one in folder.everything()}
            refuses("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", folder / name,
                    says=["--output " + folder / name, "--overwrite"])
            assert {one: open(folder / one, "rb").read() for one in folder.everything()} == before
        merge(folder, "other", "--overwrite")
        assert open(folder / "other/model.safetensors", "rb").read() == open(folder / "whole/model.safetensors", "rb").read()


def test_merging_over_an_earlier_model_leaves_nothing_of_that_and_all_else():
    with Folder() as folder:
        make_model(folder / "model")
        train(folder)
        folder.write("model/tokenizer_config.json", "{}")
        merge(folder, "alone")
        for name, output, cwd in [("plain", folder / "plain", None), ("linked", folder / "linked", None), ("here", ".", folder / "here")]:
            # An earlier model with another tokenizer and several files of weights, and what the user has put beside.
            place = folder / ("there" if name == "linked" else name)
            make_model(place)
            folder.write(place + "/config.json", open(place + "/config.json").read().replace("10000.0", "500.0"))
            for file in ["tokenizer.json", "tokenizer.model", "model.safetensors.index.json", "notes.txt", "sub/notes.txt"]:
                folder.write(place + "/" + file, "old")
            if name == "linked":
                os.symlink(place, folder / "linked")
            succeeds("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", output, "--overwrite", cwd=cwd)
            assert set(os.listdir(place)) == {*os.listdir(folder / "alone"), "notes.txt", "sub"}, os.listdir(place)
            for file in os.listdir(folder / "alone"):
                assert open(place + "/" + file, "rb").read() == open(folder / "alone/" + file, "rb").read(), file
            assert open(place + "/sub/notes.txt").read() == "old" and os.path.islink(folder / "linked") == (name != "plain")


def test_a_tokenizer_that_was_added_by_hand_outlives_a_model_without_one():
    with Folder() as folder:
        make_model(folder / "model")
        train(folder)
        os.remove(folder / "model/vocabulary.txt")
        merge(folder, "whole")
        folder.write("whole/tokenizer.json", "by hand")
        merge(folder, "whole")
        assert open(folder / "whole/tokenizer.json").read() == "by hand"


def test_a_merged_model_has_the_dtypes_of_the_one_it_was_made_of():
    mixed = lambda name: "F32" if "norm" in name else "BF16"
    with Folder() as folder:
        make_model(folder / "model", dtype_of=mixed)
        train(folder)
        before, _ = read_safetensors(folder / "model/model.safetensors")
        merged, named = merge(folder, "merged")
        assert {name: dtype for name, (dtype, _, _) in merged.items()} == {name: mixed(name) for name in before} and named == "bfloat16"
        wide, named = merge(folder, "wide", "--dtype", "f32")
        assert {dtype for dtype, _, _ in wide.values()} == {"F32"} and named == "float32"
        narrow, named = merge(folder, "narrow", "--dtype", "bf16")
        assert {dtype for dtype, _, _ in narrow.values()} == {"BF16"} and named == "bfloat16"
        for name, (_, _, values) in merged.items():
            changed = "q_proj" in name or "up_proj" in name
            assert (values != before[name][2]) == changed, name
            # Rounded once, from the sum.
            if mixed(name) == "BF16":
                assert [bfloat16(value) for value in values] == [bfloat16(value) for value in wide[name][2]], name
        make_model(folder / "model")
        merged, named = merge(folder, "plain")
        assert {dtype for dtype, _, _ in merged.values()} == {"F32"} and named == "float32"


def test_generating_in_bfloat16_is_close_to_float32():
    with Folder() as folder:
        make_model(folder / "model")
        logits = []
        for dtype in ["f32", "bf16"]:
            succeeds("generate", "--model", folder / "model", "--tokens", "1,14,15,6", "--max-new-tokens", 0, "--print-tokens", "--logits",
                     folder / dtype, "--dtype", dtype, "--threads", 1)
            logits.append(read_safetensors(folder / dtype)[0]["logits"][2])
        largest = max(map(abs, logits[0]))
        assert logits[0] != logits[1] and all(abs(a - b) < 0.05 * largest for a, b in zip(*logits))


def test_a_text_longer_than_the_model_was_made_for_is_noted():
    with Folder() as folder:
        make_model(folder / "model")
        base = ["generate", "--model", folder / "model", "--threads", 1, "--max-new-tokens", 0, "--print-tokens", "--tokens"]
        assert succeeds(*base, ",".join(["14"] * 64)).err == ""
        result = succeeds(*base, ",".join(["14"] * 65))
        assert result.err.count("\n") == 1 and "65 tokens" in result.err and "made for 64" in result.err, result.err


def test_drawing_without_a_seed_is_drawing_with_seed_0():
    with Folder() as folder:
        make_model(folder / "model")
        hot = ["generate", "--model", folder / "model", "--prompt", "the", "--threads", 1, "--temperature", 2, "--print-tokens"]
        assert succeeds(*hot).out == succeeds(*hot, "--seed", 0).out
