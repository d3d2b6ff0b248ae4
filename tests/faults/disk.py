"""Has one call to the file system go wrong (see faulty_disk.cpp) in finetune and merge: no room, an error of the device, half a write, a
kill in front of it. The program must end with a line that says so, or do its work all the same; its output must be the old one, the new
one, or one that the next program refuses; the user's own files stay, and a second try without a fault gives what it always gives:
disk.py FOLDER_OF_PROGRAMS FAULTY_DISK.so [--count N] [--seed N]"""
import errno
import json
import os
import random
import shutil
import signal

import faults
from faults import finetune, harness
from files import make_model, read_json
from finetuning import common

KINDS = ["enospc", "eio", "full", "short", "kill"]
MINE = "mine.txt"


class Scenario:
    """A command in a folder of its own, what was there before, and what it leaves when nothing goes wrong."""

    def __init__(self, folder, name, program, arguments, methods, prepare=None):
        self.start, self.place = folder / f"{name}-start", folder / name
        self.name, self.program, self.methods = name, program, methods
        self.arguments = arguments
        self.removes = "-over-" in name and program == "finetune"
        os.makedirs(os.path.join(self.start, "out"))
        with open(os.path.join(self.start, "out", MINE), "w") as file:
            file.write("mine")
        shutil.copytree(folder / "model", os.path.join(self.start, "model"))
        shutil.copytree(folder / "adapter", os.path.join(self.start, "adapter"))
        shutil.copy(folder / "lines.txt", self.start)
        if prepare:
            # In the place itself, since a run's options name its files in full.
            self.reset()
            prepare(self.place)
            shutil.rmtree(self.start)
            shutil.copytree(self.place, self.start)
        self.reset()
        count = folder / "count"
        status, lines = self.execute({"FAULT_COUNT": count})
        assert status == 0, (name, lines)
        with open(count) as file:
            self.calls = int(file.read())
        self.old, self.new = self.parts(os.path.join(self.start, "out")), self.parts(self.out())
        self.wanted = faults.outcome(self.out(), methods) if program == "finetune" else self.new

    def out(self):
        return os.path.join(self.place, "out")

    def reset(self):
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.start, self.place)

    def execute(self, env):
        words = harness.command(self.program, *self.arguments)
        # A sanitizer's runtime wants to be the first library.
        return faults.process(words, cwd=self.place, env={"LD_PRELOAD": SHIM, "FAULT_UNDER": self.place, **env})

    def parts(self, out):
        """Of each folder that another program reads: the bytes of the files that belong together."""
        together = ["adapter_config.json", "adapter_model.safetensors", "config.json", "model.safetensors", "vocabulary.txt", "tokenizer.json"]
        found = {}
        for method in self.methods:
            folder = os.path.join(out, method) if len(self.methods) > 1 else out
            files = faults.files_in(folder)
            found[folder[len(out):]] = {name: files[name] for name in together if name in files}
        return found

    def refused(self, folder):
        """Whether generate refuses the folder, and in one line."""
        base = ["--tokens", "1,14", "--max-new-tokens", 1, "--print-tokens"]
        is_model = os.path.exists(os.path.join(folder, "model.safetensors"))
        words = ["--model", folder] if is_model else ["--model", os.path.join(self.place, "model"), "--adapter", folder]
        status, lines = faults.process(harness.command("generate", *words, *base))
        assert status in [0, 2] and len(lines) == (1 if status else 0), (status, lines)
        return status == 2

    def fault(self, kind, at):
        self.reset()
        status, lines = self.execute({"FAULT_AT": str(at), "FAULT_KIND": kind})
        errors = [line for line in lines if line.startswith(self.program + ": ")]
        shown = f"status {status}, {lines}"
        assert status in ([-signal.SIGKILL] if kind == "kill" else [0, 2]), shown
        assert len(errors) == (status == 2) and not any("terminate" in line or "what()" in line for line in lines), shown
        reason = os.strerror(errno.EIO if kind == "eio" else errno.ENOSPC)
        named = ["out", "model", "adapter", "lines.txt"]
        assert all(reason in line and any(name in line for name in named) for line in errors), f"{shown}: the reason or the file is not said"
        with open(os.path.join(self.out(), MINE)) as file:
            assert file.read() == "mine"
        states = []
        for place, files in self.parts(self.out()).items():
            old, new = self.old.get(place, {}), self.new[place]
            states.append("new" if files == new else "old" if files == old else "refused")
            if states[-1] == "refused":
                assert self.refused(self.out() + place), f"{shown}: {place or 'out'}: neither old nor new, and not refused: {sorted(files)}"
        # An error is not a kill: what was begun is undone. Only a run that removes an earlier one first leaves neither.
        assert kind == "kill" or self.removes or "refused" not in states, f"{shown}: {states}"
        assert status != 0 or set(states) == {"new"}, f"{shown}, {states}"
        # Temporary files that are removed only after all is done may stay until the next run.
        assert kind == "kill" or status == 0 or not faults.litter(self.out()), (shown, faults.litter(self.out()))
        self.again()
        return f"{shown if kind != 'kill' else 'killed'}, {'/'.join(states)}"

    def again(self):
        """Without a fault all comes to what it always comes to."""
        if self.program == "finetune":
            begun = lambda out: faults.files_in(out).get("options.json")
            if begun(self.out()) == begun(os.path.join(self.start, "out")):  # nothing was begun: what was there is another run
                status, lines = faults.process(finetune(*self.arguments), cwd=self.place)
                assert status == 0, lines
            else:
                faults.finish(self.out(), self.arguments, self.place)
            assert faults.outcome(self.out(), self.methods) == self.wanted, "the second try gives something else"
        else:
            status, lines = faults.process(harness.command(self.program, *self.arguments), cwd=self.place)
            assert status == 0 and self.parts(self.out()) == self.wanted, (status, lines)
        assert not faults.litter(self.out()), faults.litter(self.out())


def scenarios(folder):
    base = [word.replace(folder.path + "/", "") if isinstance(word, str) else word for word in common(folder)]  # of any folder
    shutil.rmtree(folder / "adapter", ignore_errors=True)
    status, lines = faults.process(finetune(*common(folder), "--rank", 4, "--max-steps", 3, "--output", folder / "adapter"))
    assert status == 0, lines

    def run(*more, methods=("dora",)):
        rank = [] if methods == ("full",) else ["--rank", 4]
        return [*base, *rank, "--method", ",".join(methods), "--output", "out", "--overwrite", *more]

    def before(*arguments):
        def prepare(place):
            status, lines = faults.process(finetune(*arguments), cwd=place)
            assert status == 0, lines
        return prepare

    def another_model(place):
        """An earlier output of merge, of a model with another rope_theta and another tokenizer."""
        make_model(os.path.join(place, "other"))
        config = read_json(os.path.join(place, "other/config.json"))
        with open(os.path.join(place, "other/config.json"), "w") as file:
            json.dump(dict(config, rope_theta=500.0), file)
        with open(os.path.join(place, "other/tokenizer.json"), "w") as file:
            file.write("{}")
        status, lines = faults.process(harness.command("merge", "--model", "other", "--adapter", "adapter", "--output", "out", "--overwrite"), cwd=place)
        assert status == 0, lines

    merge = ["--model", "model", "--adapter", "adapter", "--output", "out", "--overwrite"]
    dora = run("--max-steps", 4)
    return [
        Scenario(folder, "merge", "merge", merge, ["merged"]),
        Scenario(folder, "merge-over-another", "merge", merge, ["merged"], another_model),
        Scenario(folder, "train", "finetune", dora, ["dora"]),
        Scenario(folder, "train-over-full", "finetune", dora, ["dora"], before(*run("--max-steps", 2, methods=("full",)))),
        Scenario(folder, "full-over-adapter", "finetune", run("--max-steps", 3, methods=("full",)), ["full"], before(*dora)),
        Scenario(folder, "two-methods", "finetune", run("--max-steps", 3, methods=("lora", "dora")), ["lora", "dora"]),
        Scenario(folder, "resume-elsewhere", "finetune", ["--resume", "first", "--output", "out", "--overwrite", "--max-steps", 6], ["dora"],
                 before(*faults.without(dora, "--output"), "--output", "first")),
        Scenario(folder, "resume", "finetune", ["--resume", "out", "--alpha", 256, "--max-steps", 6], ["dora"], before(*dora)),
    ]


def main():
    global SHIM
    given = faults.options(__doc__, "faulty_disk")
    SHIM = os.path.abspath(given.faulty_disk)
    draw, tally = random.Random(given.seed), faults.Tally()
    with harness.Folder() as folder:
        all_of_them = scenarios(folder)
        for number in range(given.count):
            # The last calls are those of the result: every other fault is among them.
            one, kind = all_of_them[number % len(all_of_them)], draw.choice(KINDS)
            last = min(one.calls, 150)
            at = one.calls - draw.randrange(last) if number % 2 else draw.randint(1, one.calls)
            tally.run(f"{one.name}: {kind} at call {at} of {one.calls}", lambda: one.fault(kind, at))
    tally.done()


if __name__ == "__main__":
    main()
