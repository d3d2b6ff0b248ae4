"""Runs functions named test_*, a line each, and closes with "N passed, N failed"."""
import contextlib
import glob
import os
import re
import subprocess
import sys
import tempfile
import traceback

PROGRAMS = ""  # the folder of the built programs
DEVICE = ""  # --device of those that compute, where it is not the default
COMPUTING = ["finetune", "generate", "merge", "demo", "chat", "perplexity"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.join(os.path.dirname(ROOT), "shared")
SHARED = SHARED if os.path.isdir(SHARED) else None


class LeftOut(Exception):
    """Raised by a test that can't be done on this machine, with what it lacks."""


class Result:
    def __init__(self, completed):
        self.status = completed.returncode
        self.out = completed.stdout.decode("utf-8", "replace")
        self.err = completed.stderr.decode("utf-8", "replace")
        self.raw = completed.stderr


def command(program, *arguments):
    """The words that run a program of the project by name, on the device that is tested."""
    words = [os.path.join(PROGRAMS, program)] + [argument if isinstance(argument, bytes) else str(argument) for argument in arguments]
    return words + ["--device", DEVICE] if DEVICE and program in COMPUTING and "--device" not in arguments else words


def run(program, *arguments, timeout=300, cwd=None, env=None, given=""):
    """`given` is on its standard input."""
    settings = dict(os.environ, **(env or {}))
    return Result(subprocess.run(command(program, *arguments), input=given.encode(), capture_output=True, timeout=timeout, cwd=cwd, env=settings))


def succeeds(program, *arguments, **options):
    result = run(program, *arguments, **options)
    assert result.status == 0, f"{program} {' '.join(map(str, arguments))}: status {result.status}, {result.err!r}"
    return result


def refuses(program, *arguments, says=(), **options):
    """Status 2, nothing on standard output and one line on standard error with every one of the words."""
    result = run(program, *arguments, **options)
    shown = f"{program} {' '.join(map(str, arguments))}: status {result.status}, {result.err!r}"
    assert result.status == 2, shown
    assert result.out == "", f"{shown}, {result.out!r} on standard output"
    assert result.err.endswith("\n") and result.err.count("\n") == 1, shown
    assert result.err.startswith(program + ": "), shown
    assert result.raw.decode().rstrip("\n").isprintable(), shown
    for word in [says] if isinstance(says, str) else says:
        assert word in result.err, f"{shown}: nothing about {word!r}"
    return result


def forget_the_killed():
    """Clang's OpenMP notes each process in /dev/shm. The note of one that was killed stays, and ends a later process with its number."""
    for note in glob.glob("/dev/shm/__KMP_REGISTERED_LIB_*"):
        number = re.search(r"_LIB_(\d+)", note).group(1)
        if not os.path.exists(f"/proc/{number}"):
            with contextlib.suppress(FileNotFoundError, PermissionError):
                os.unlink(note)


class Folder:
    """A temporary folder; `write` puts a file into it and returns its path."""

    def __enter__(self):
        forget_the_killed()
        self.held = tempfile.TemporaryDirectory()
        self.path = self.held.name
        return self

    def __exit__(self, *_):
        self.held.cleanup()

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def write(self, name, content):
        path = self / name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def everything(self):
        return sorted(os.path.relpath(os.path.join(at, name), self.path) for at, _, names in os.walk(self.path) for name in names)


def main(modules):
    passed = failed = 0
    for module in modules:
        for name in [name for name in vars(module) if name.startswith("test_")]:
            title = f"{module.__name__}: {name[5:].replace('_', ' ')}"
            try:
                vars(module)[name]()
                passed += 1
                print("ok  ", title, flush=True)
            except LeftOut as lack:
                print("left out", title, "—", lack, flush=True)
            except Exception as error:  # one failure must not hide the others
                failed += 1
                print("FAIL", title, "—", error if isinstance(error, AssertionError) and str(error) else traceback.format_exc(), flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)
