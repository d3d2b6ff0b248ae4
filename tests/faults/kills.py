"""Kills runs of finetune at random moments, those that go on from a killed one too. After each kill the run is gone on with to its
end in a copy of its folder, and must give the adapter and the log of a run that nobody disturbed, bit for bit; then the killed folder
itself is gone on with and killed again, in its place or into another --output, until a run ends by itself:
kills.py FOLDER_OF_PROGRAMS [--count N] [--seed N]"""
import json
import os
import random
import shutil
import signal
import subprocess
import time

import faults
from files import exercises
from finetuning import common

RUNS = [["--method", "dora", "--max-steps", 150], ["--method", "lora", "--max-steps", 60, "--dropout", 0.3, "--micro-batch-size", 1],
        ["--method", "full", "--max-steps", 80], ["--method", "vera,dora", "--max-steps", 50]]


def loadable(folder):
    """Where a reader takes the folder for an adapter or a model it has to be whole."""
    for key, weights in [("adapter_config.json", "adapter_model.safetensors"), ("config.json", "model.safetensors")]:
        if os.path.exists(os.path.join(folder, key)):
            faults.read_safetensors(os.path.join(folder, weights))


class Run:
    """A kind of run: its arguments, how long it takes, what it gives undisturbed, and the folder that is killed."""

    def __init__(self, folder, number, arguments):
        rank = [] if "full" in arguments else ["--rank", 4]
        self.arguments = [*common(folder, *rank), "--eval", folder / "eval.json", *arguments]
        self.methods = arguments[1].split(",")
        self.home, self.number = folder / f"run{number}", 0
        start = time.time()
        status, lines = faults.process(faults.finetune(*self.arguments, "--output", self.home + "-whole"))
        assert status == 0, lines
        self.seconds = time.time() - start
        self.wanted = faults.outcome(self.home + "-whole", self.methods)
        self.begin()

    def begin(self):
        self.killed = None  # the folder to go on with

    def next_words(self, draw):
        """The command to be killed, and its --output."""
        if self.killed and draw.random() < 0.7:
            if draw.random() < 0.6:
                return ["--resume", self.killed], self.killed
            self.number += 1
            return ["--resume", self.killed, "--output", f"{self.home}-{self.number}"], f"{self.home}-{self.number}"
        self.number += 1
        return [*self.arguments, "--output", f"{self.home}-{self.number}"], f"{self.home}-{self.number}"

    def kill_once(self, draw):
        words, output = self.next_words(draw)
        process = subprocess.Popen(faults.finetune(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        at = draw.uniform(0, 1.1 * self.seconds)
        try:
            process.wait(at)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        lines = process.communicate()[1].decode().splitlines()
        assert process.returncode in [0, -signal.SIGKILL] or faults.begins_anew(lines), (process.returncode, lines)
        for method in self.methods:
            loadable(os.path.join(output, method) if len(self.methods) > 1 else output)
        copy = faults.copied(output, self.home + "-copy")
        faults.finish(copy, self.arguments)
        assert faults.outcome(copy, self.methods) == self.wanted, f"{output}: differs from an undisturbed run"
        shutil.rmtree(copy)
        killed = process.returncode == -signal.SIGKILL
        self.killed = output if killed and os.path.exists(output) else None
        return f"{'killed' if killed else 'ended'} after {at:.2f} s: {' '.join(map(str, words[:1]))} … the same bits"


def main():
    given = faults.options(__doc__)
    draw, tally = random.Random(given.seed), faults.Tally()
    with faults.harness.Folder() as folder:
        folder.write("eval.json", json.dumps(exercises()))
        runs = [Run(folder, number, arguments) for number, arguments in enumerate(RUNS)]
        for number in range(given.count):
            run = draw.choice(runs)
            tally.run(f"kill {number + 1}, {','.join(run.methods)}", lambda: run.kill_once(draw))
    tally.done()


if __name__ == "__main__":
    main()
