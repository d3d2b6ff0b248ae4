"""What the scripts of this folder share: options, undisturbed runs, and how a disturbed one is compared with them."""
import argparse
import os
import random
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))

import harness  # noqa: E402
from files import read_json, read_log, read_safetensors  # noqa: E402
from finetuning import common  # noqa: E402


def options(description, *positional):
    """FOLDER_OF_PROGRAMS and what else has no name, --count, --seed; the programs are known to the harness afterwards."""
    parser = argparse.ArgumentParser(description=description)
    for name in ["programs", *positional]:
        parser.add_argument(name)
    parser.add_argument("--count", type=int, default=100, help="how many faults")
    parser.add_argument("--seed", type=int, default=0, help="of where they are")
    given = parser.parse_args()
    harness.PROGRAMS = os.path.abspath(given.programs)
    return given


class Tally:
    """Counts tests; `done` closes with "N passed, N failed"."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, title, test):
        harness.forget_the_killed()
        try:
            said = test()
            self.passed += 1
            print("ok  ", title, "—", said, flush=True)
        except Exception as error:  # one failure must not hide the others
            self.failed += 1
            print("FAIL", title, "—", error if isinstance(error, AssertionError) else repr(error), flush=True)

    def done(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(self.failed > 0)


def without(arguments, name):
    """Arguments without an option and its value."""
    if name not in arguments:
        return list(arguments)
    at = arguments.index(name)
    return [*arguments[:at], *arguments[at + 2:]]


def files_in(folder):
    """Path in the folder -> bytes; nothing where there is no folder."""
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def litter(folder):
    return [name for name in files_in(folder) if ".partial-" in name]


def outcome(output, methods):
    """What must be the same bit for bit however a run was disturbed: result and log, the latter but for the time."""
    result = {}
    for method in methods:
        folder = os.path.join(output, method) if len(methods) > 1 else output
        for name, content in files_in(folder).items():
            if name in ["adapter_config.json", "adapter_model.safetensors", "model.safetensors", "config.json", "vocabulary.txt"]:
                result[method, name] = content
        result[method, "log"] = [{key: value for key, value in step.items() if key != "seconds"} for step in read_log(folder)]
    assert len(read_json(os.path.join(output, "report.json"))["runs"]) == len(methods)
    return result


def process(arguments, cwd=None, env=None):
    """A finished program: its status (negative where a signal ended it) and the lines on standard error."""
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, cwd=cwd,
                          env=dict(os.environ, **(env or {})))
    return done.returncode, done.stderr.decode("utf-8", "replace").splitlines()


def finetune(*arguments):
    return harness.command("finetune", *arguments)


def begins_anew(lines):
    """Whether --resume was refused since the run has left no options yet, so that its own command is to be repeated."""
    return any("options.json" in line or "no such folder" in line for line in lines)


def finish(output, original, cwd=None):
    """Has a run that was disturbed go on to its end, as a user would."""
    status, lines = process(finetune("--resume", output), cwd=cwd)
    if status == 2 and begins_anew(lines):
        status, lines = process(finetune(*without(original, "--output"), "--output", output), cwd=cwd)
    assert status == 0, f"going on in {output}: status {status}, {lines}"
    assert not litter(output), litter(output)


def copied(folder, to):
    shutil.rmtree(to, ignore_errors=True)
    if os.path.isdir(folder):
        shutil.copytree(folder, to)
    return to
