"""Damaged files: every program that reads one says so in a line that names it, and writes nothing."""
import json
import os

from files import exercises
from finetuning import adapter, common
from harness import Folder, refuses, succeeds


def damages(whole, binary):
    """The file cut off, emptied, and with bytes in it that no text has."""
    at = 20 if binary else len(whole) // 2  # in the header
    yield "cut", whole[:len(whole) // 2]
    yield "empty", b""
    for name, bytes in [("no UTF-8", b"\xff"), ("zero", b"\0"), ("control", b"\xc2\x9b\x1b[2J\n\xe2\x80\xa8")]:
        yield name, whole[:at] + bytes + whole[at + len(bytes):]


def test_a_damaged_file_is_named_in_one_line_by_every_program_that_reads_it():
    with Folder() as folder:
        succeeds("finetune", *common(folder, *adapter("--max-steps", 2, "--output", folder / "out")))
        folder.write("train.json", json.dumps(exercises(), indent=1))
        model, out = ["--model", folder / "model"], folder / "out"
        generate = ["generate", *model, "--max-new-tokens", 1, "--threads", 1, "--prompt", "the"]
        merge = ["merge", *model, "--adapter", out, "--output", folder / "merged"]
        resume = ["finetune", "--resume", out, "--max-steps", 3]
        train = ["finetune", *common(folder, *adapter("--max-steps", 1, "--output", folder / "new"), data="train.json")]
        start = ["finetune", *common(folder, "--adapter", out, "--max-steps", 1, "--output", folder / "new")]
        evaluate = ["finetune", *common(folder, *adapter("--max-steps", 0, "--eval", folder / "train.json", "--output", folder / "new"))]
        patterns = ["patterns", "--base", folder / "model", "--tuned", out]
        for name, programs in [
            ("model/config.json", [generate, merge, resume, train, patterns, ["params", "--config", folder / "model/config.json"]]),
            ("model/model.safetensors", [generate, merge, resume, train, patterns]),
            ("out/adapter_config.json", [[*generate, "--adapter", out], merge, patterns, start]),
            ("out/adapter_model.safetensors", [[*generate, "--adapter", out], merge, patterns, start]),
            ("out/options.json", [resume]),
            ("out/checkpoint.state", [resume]),
            ("out/log.jsonl", [resume]),
            ("train.json", [train, evaluate]),
        ]:
            with open(folder / name, "rb") as file:
                whole = file.read()
            for kind, bytes in damages(whole, name.endswith("safetensors")):
                folder.write(name, bytes)
                before = folder.everything()
                for program in programs:
                    refuses(*program, says=os.path.basename(name))
                    assert folder.everything() == before, (name, kind, program)
            folder.write(name, whole)
        succeeds(*resume)
