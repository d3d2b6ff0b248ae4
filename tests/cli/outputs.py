"""What finetune leaves in its --output, and what it goes on from."""
import json
import os
import signal
import subprocess
import time

import harness
from files import exercises, make_model, read_log, read_safetensors, write_safetensors
from finetuning import adapter, common
from harness import Folder, refuses, succeeds

ADAPTER = {"adapter_config.json", "adapter_model.safetensors"}
RUN = {"checkpoint.state", "log.jsonl", "options.json", "report.html", "report.json"}
MODEL = {"config.json", "model.safetensors", "vocabulary.txt"}


def found(folder):
    return set(os.listdir(folder))


def test_an_earlier_run_makes_room_for_the_next():
    with Folder() as folder:
        base = [*common(folder, "--max-steps", 1), "--output", folder / "out"]
        succeeds("finetune", *base, "--method", "full")
        assert found(folder / "out") == RUN | MODEL
        folder.write("out/notes.txt", "mine")
        succeeds("finetune", *base, *adapter("--method", "dora"))
        assert found(folder / "out") == RUN | ADAPTER | {"notes.txt"}
        succeeds("finetune", *base, *adapter("--method", "lora,dora"))
        assert found(folder / "out") == RUN - {"checkpoint.state", "log.jsonl"} | {"lora", "dora", "notes.txt"}
        folder.write("out/lora/notes.txt", "mine")
        succeeds("finetune", *base, *adapter("--method", "full,dora"))
        assert found(folder / "out") == {"options.json", "report.html", "report.json", "full", "dora", "lora", "notes.txt"}
        assert found(folder / "out/lora") == {"notes.txt"}
        # A run of its own in a folder below is another matter.
        succeeds("finetune", *base[:-1], folder / "out/vera", *adapter("--method", "vera"))
        succeeds("finetune", *base, *adapter("--method", "dora"))
        assert found(folder / "out") == RUN | ADAPTER | {"lora", "vera", "notes.txt"}
        assert found(folder / "out/vera") == RUN | ADAPTER


def test_a_folder_that_is_no_run_s_is_written_into_only_where_that_is_asked_for():
    with Folder() as folder:
        base = [*common(folder, *adapter("--max-steps", 1)), "--output", folder / "mine"]
        # Of another program, with a run's names.
        for name in ["adapter_config.json", "report.json", "notes.txt"]:
            folder.write("mine/" + name, name)
        before = folder.everything()
        refuses("finetune", *base, says=["--output " + folder / "mine", "--overwrite"])
        for program in [["demo"], ["reproduce", "all", "--quick"]]:
            refuses(*program, "--output", folder / "mine", says=["--output " + folder / "mine", "--overwrite"])
        assert folder.everything() == before and open(folder / "mine/report.json").read() == "report.json"
        succeeds("finetune", *base, "--overwrite")
        assert found(folder / "mine") == RUN | ADAPTER | {"notes.txt"} and open(folder / "mine/notes.txt").read() == "notes.txt"
        # Now it is a run's; and --overwrite was for that one time.
        succeeds("finetune", *base)
        succeeds("finetune", "--resume", folder / "mine", "--max-steps", 2)
        # An interrupted run's partial files are nobody's, and so is an empty folder.
        for name in ["left/.report.json.partial-12-0", "left/lora/.x.partial-1-1"]:
            folder.write(name, "half")
        succeeds("finetune", *base[:-1], folder / "left")


def test_what_a_run_starts_from_is_not_removed_with_an_earlier_one():
    with Folder() as folder:
        base = common(folder, "--max-steps", 1)
        succeeds("finetune", *base, *adapter("--method", "full,dora", "--output", folder / "out"))
        succeeds("finetune", *base, *adapter("--method", "dora", "--output", folder / "one"))
        before = folder.everything()
        data = ["--data", folder / "lines.txt", "--max-steps", 1]
        refuses("finetune", "--model", folder / "out/full", *data, "--method", "dora", "--output", folder / "out", says=["--output", "--model"])
        refuses("finetune", *base, "--adapter", folder / "out/dora", "--output", folder / "out", says=["--output", "--adapter"])
        refuses("finetune", *base, "--adapter", folder / "one", "--output", folder / "one", says=["--output", "--adapter"])
        assert folder.everything() == before


def test_a_run_that_fails_leaves_folders_as_they_were():
    with Folder() as folder:
        base = common(folder, "--max-steps", 1)
        succeeds("finetune", *base, *adapter("--output", folder / "start"))
        weights = open(folder / "start/adapter_model.safetensors", "rb").read()
        folder.write("start/adapter_model.safetensors", weights[:-4])
        os.mkdir(folder / "mine")
        for output in ["mine", "mine/a/b", "new/a"]:
            refuses("finetune", *base, "--adapter", folder / "start", "--output", folder / output, says="adapter_model.safetensors")
            assert found(folder / "mine") == set() and not os.path.exists(folder / "new")


def test_a_second_run_in_the_same_folder_is_refused():
    with Folder() as folder:
        base = common(folder, *adapter("--output", folder / "out"))
        command = harness.command("finetune", *base, "--max-steps", 100000)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.time() + 60
            while not os.path.exists(folder / "out/checkpoint.state") and process.poll() is None and time.time() < until:
                time.sleep(0.01)
            refuses("finetune", *base, "--max-steps", 1, says=["--output", "another run"])
            refuses("finetune", "--resume", folder / "out", "--max-steps", 200000, says=["--output", "another run"])
            assert process.poll() is None
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        # A lock does not outlive its run.
        succeeds("finetune", *base, "--max-steps", 1)
        assert len(read_log(folder / "out")) == 1


def test_going_on_with_other_documents_is_refused():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--max-steps", 2, "--output", folder / "out")))
        lines = open(folder / "lines.txt").read()
        resume = ["--resume", folder / "out", "--max-steps", 3]
        before = folder.everything()
        folder.write("lines.txt", lines.replace("cat", "dog", 1))
        refuses("finetune", *resume, says=["checkpoint.state", "--data"])
        folder.write("lines.txt", lines + "it is\n")
        refuses("finetune", *resume, says=["checkpoint.state", "--data", "6"])
        folder.write("lines.txt", lines)
        refuses("finetune", *resume, "--cutoff-len", 5, says=["checkpoint.state", "--cutoff-len"])
        assert folder.everything() == before
        succeeds("finetune", *resume)


def test_options_that_are_not_the_checkpoint_s_are_refused_before_a_model_is_trained_for_them():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--max-steps", 2, "--output", folder / "out")))
        folder.write("out/options.json", '{"arguments": []}')
        refuses("finetune", "--resume", folder / "out", says=["checkpoint.state", "--data"], env={"ADORA_CACHE": folder / "cache"})
        folder.write("out/options.json", '{"argument": ["--model=x"]}')
        refuses("finetune", "--resume", folder / "out", says=["options.json", "arguments"], env={"ADORA_CACHE": folder / "cache"})
        assert not os.path.exists(folder / "cache")


def test_going_on_with_another_model_is_refused():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--max-steps", 2, "--output", folder / "out")))
        resume = ["--resume", folder / "out", "--max-steps", 3]
        whole = open(folder / "model/model.safetensors", "rb").read()
        config = open(folder / "model/config.json").read()
        tensors = {name: (shape, values) for name, (_, shape, values) in read_safetensors(folder / "model/model.safetensors")[0].items()}
        for name in ["model.embed_tokens.weight", "model.layers.1.self_attn.q_proj.weight", "model.norm.weight"]:
            shape, values = tensors[name]
            write_safetensors(folder / "model/model.safetensors", dict(tensors, **{name: (shape, [values[0] + 0.5, *values[1:]])}))
            refuses("finetune", *resume, says=["checkpoint.state", "--model"])
        folder.write("model/model.safetensors", whole)
        folder.write("model/config.json", config.replace("10000.0", "20000.0"))
        refuses("finetune", *resume, says=["checkpoint.state", "--model"])
        folder.write("model/config.json", config)
        refuses("finetune", *resume, "--dtype", "bf16", says=["checkpoint.state", "--dtype"])
        succeeds("finetune", *resume)


def test_going_on_in_another_folder_leaves_the_first_run_as_it_is():
    with Folder() as folder:
        base = common(folder, *adapter())
        succeeds("finetune", *base, "--method", "lora,dora", "--max-steps", 2, "--output", folder / "first")
        succeeds("finetune", *base[:-4], "--method", "full", "--max-steps", 1, "--output", folder / "second")
        kept = {name: open(os.path.join(folder / "first", name), "rb").read() for name in ["dora/checkpoint.state", "report.json"]}
        refuses("finetune", "--resume", folder / "first", "--max-steps", 4, "--output", folder / "first/dora", says=["--output", "--resume"])
        succeeds("finetune", "--resume", folder / "first", "--max-steps", 4, "--output", folder / "second")
        assert all(open(os.path.join(folder / "first", name), "rb").read() == bytes for name, bytes in kept.items())
        assert found(folder / "second") == {"options.json", "report.html", "report.json", "lora", "dora"}
        assert len(read_log(folder / "second/dora")) == 4


def test_going_on_in_another_folder_begins_with_a_checkpoint_there():
    with Folder() as folder:
        base = common(folder, *adapter("--method", "lora,dora"))
        succeeds("finetune", *base, "--max-steps", 3, "--output", folder / "first")
        # One that was killed before it had options of its own is begun anew without --overwrite.
        for file in ["checkpoint.state", "log.jsonl"]:
            folder.write("second/lora/" + file, open(folder / "first/lora/" + file, "rb").read())
        # It ends in its first step, as though killed there.
        refuses("finetune", "--resume", folder / "first", "--max-steps", 6, "--lr", "1e300", "--output", folder / "second", says="goes on after step 3")
        succeeds("finetune", "--resume", folder / "second", "--lr", "1e-2")
        succeeds("finetune", "--resume", folder / "first", "--max-steps", 6)
        for method in ["lora", "dora"]:
            a, b = (open(folder / f"{name}/{method}/adapter_model.safetensors", "rb").read() for name in ["first", "second"])
            assert a == b and len(read_log(folder / f"second/{method}")) == 6


def test_what_a_killed_run_left_half_written_is_removed_by_the_next():
    with Folder() as folder:
        base = common(folder, "--max-steps", 1, "--output", folder / "out")
        succeeds("finetune", *base, "--method", "full")
        for name in [".model.safetensors.partial-4000000-0", ".adapter_model.safetensors.partial-4000000-17", ".mine.partial"]:
            folder.write("out/" + name, "half")
        folder.write("out/lora/.checkpoint.state.partial-4000000-3", "half")
        succeeds("finetune", *base, *adapter("--method", "dora"))
        assert found(folder / "out") == RUN | ADAPTER | {".mine.partial"}, found(folder / "out")


def test_a_note_waits_until_nothing_can_be_refused():
    with Folder() as folder:
        folder.write("train.json", json.dumps([*exercises(5), dict(exercises(1)[0], instruction="the cat " * 20)]))
        base = common(folder, "--method", "full", "--rank", 3, "--train-on-inputs", "false", "--cutoff-len", 20, data="train.json")
        result = succeeds("finetune", *base, "--max-steps", 2, "--output", folder / "out")
        assert "1 of 6 documents" in result.err and "--rank" in result.err, result.err
        refuses("finetune", "--resume", folder / "out", "--max-steps", 1, says="checkpoint.state")
        refuses("finetune", *base, "--max-steps", 2, "--output", folder / "train.json", says="--output")
        refuses("params", "--config", folder / "none.json", "--method", "full", "--rank", 3, says="none.json")
        refuses("params", "--config", "llama-7b", "--method", "lora", "--target-modules", "nothing", says="--target-modules nothing")


def test_documents_longer_than_the_model_was_made_for_are_noted():
    with Folder() as folder:
        common(folder)
        folder.write("long.txt", "the cat " * 40 + "\n")
        result = succeeds("finetune", *common(folder, *adapter("--max-steps", 1, "--output", folder / "out"), data="long.txt"))
        assert "82 tokens" in result.err and "made for 64" in result.err, result.err


def test_an_error_in_a_file_of_exercises_names_file_and_place():
    with Folder() as folder:
        base = common(folder, *adapter("--max-steps", 1, "--output", folder / "out"))
        at = base.index("--data")
        no_data = base[:at] + base[at + 2:]
        unknown = dict(exercises(1)[0], instruction="is it Tom")
        folder.write("lines.bad.txt", "the cat\n\nthe Tom\n")
        folder.write("train.json", json.dumps([*exercises(2), unknown]))
        folder.write("train.jsonl", json.dumps(exercises(1)[0]) + "\n\n" + json.dumps(unknown) + "\n")
        folder.write("eval/first/test.json", json.dumps([*exercises(1), unknown]))
        for name, place in [("lines.bad.txt", "line 3"), ("train.json", "record 3"), ("train.jsonl", "line 3")]:
            refuses("finetune", *no_data, "--data", folder / name, says=[f"{name}: {place}: ", "Tom"])
        refuses("finetune", *base, "--eval", folder / "eval", says=["first/test.json: record 2: ", "Tom"])
        folder.write("train.json", json.dumps(exercises()))
        folder.write("template", b"{instruction} \xff {input}")
        refuses("finetune", *no_data, "--data", folder / "train.json", "--prompt-template", folder / "template",
                says=["--prompt-template", "template", "UTF-8"])
        refuses("finetune", *base, "--target-modules", "all_linear", says="--target-modules all_linear: ")
        refuses("finetune", *base, "--magnitude-modules", "nothing", says="--magnitude-modules nothing: ")
        assert not os.path.exists(folder / "out")
