"""Options in a file, --config."""
import json

from files import read_json, read_log
from finetuning import common
from harness import Folder, refuses, run, succeeds
from options import PROGRAMS


def toml(folder, *more):
    """A file with the options of a short run, and its path."""
    words = [str(word) for word in common(folder)]
    lines = [f"{name[2:]} = {json.dumps(value)}" for name, value in zip(words[::2], words[1::2])]
    return folder.write("run.toml", "# A short run.\n" + "\n".join([*lines, *more]) + "\n")


def test_a_file_of_options_is_a_command_line_which_wins_over_it():
    with Folder() as folder:
        path = toml(folder, "rank = 4", "alpha = 6", "dropout = 0.1", 'target-modules = ["q_proj", "up_proj"]', "no-shuffle = true",
                    "train-on-inputs = true", "max-steps = 3", f"output = {json.dumps(folder / 'file')}", "csv = true")
        succeeds("finetune", "--config", path)
        succeeds("finetune", *common(folder, "--rank", 4, "--alpha", 6, "--dropout", 0.1, "--target-modules", "q_proj,up_proj", "--no-shuffle",
                                     "--train-on-inputs", "true", "--max-steps", 3, "--output", folder / "line", "--csv"))
        losses = lambda name: [entry["loss"] for entry in read_log(folder / name)]
        assert losses("file") == losses("line") and "file/log.csv" in folder.everything()
        kept = [sorted(read_json(folder / name + "/options.json")["arguments"]) for name in ["file", "line"]]
        assert len(kept[0]) == len(kept[1]) and not any("config" in word for word in kept[0]), kept
        # The command line wins, over flags too.
        succeeds("finetune", "--config", path, "--rank", 2, "--max-steps", 1, "--csv=false", "--output", folder / "wins")
        assert read_json(folder / "wins/adapter_config.json")["r"] == 2 and len(read_log(folder / "wins")) == 1
        assert "wins/log.csv" not in folder.everything()
        # A run goes on without the file, and with another.
        folder.write("run.toml", "")
        succeeds("finetune", "--resume", folder / "file", "--max-steps", 5)
        assert len(read_log(folder / "file")) == 5
        succeeds("finetune", "--resume", folder / "file", "--config", folder.write("more.toml", "max-steps = 6\n"))
        assert len(read_log(folder / "file")) == 6


def test_what_is_wrong_in_a_file_of_options_is_named_with_its_line():
    with Folder() as folder:
        for text, says in [
            ("\nrnak = 3\n", "line 2: rnak: there is no such option; did you mean rank?"),
            ("zzzzzzzz = 3\n", "line 1: zzzzzzzz: there is no such option; --help"),
            ("config = 'x'\n", "line 1: config: there is no such option"),
            ("help = true\n", "line 1: help: there is no such option"),
            ("lr = 1\nrank = 0\n", "line 2: --rank 0: expected a whole number from 1"),
            ("rank = 2.5\n", "line 1: --rank 2.5"),
            ("lr = nan\n", "line 1: --lr nan"),
            ("lr = inf\n", "line 1: --lr inf"),
            ("no-shuffle = 1\n", "line 1: --no-shuffle 1: expected true or false"),
            ("model = ''\n", "line 1: --model: the value is empty"),
            ("model = \"a\\u0000b\"\n", "line 1: model: has a zero byte"),
            ("method = ['lora', 'lora']\n", "line 1: --method lora,lora: lora stands there twice"),
            ("method = ['lora,dora']\n", "has a comma"),
            ("method = [['lora']]\n", "line 1: method: expected"),
            ("method = []\n", "line 1: --method: the value is empty"),
            ("lr = 2026-01-01\n", "line 1: lr: expected"),
            ("\n[training]\nlr = 1\n", "line 2: training: is a table"),
            ("[[training]]\n", "training: is a table"),
            ("rank = 3\nrank = 4\n", "line 2: is no TOML"),
            ("rank = \n", "line 1: is no TOML"),
            ("rank: 3", "line 1: is no TOML"),
            ('"--rank" = 3\n', "--rank: there is no such option"),
            (b"model = '\xff'\n", "is no TOML"),
            ("a = " + "[" * 100000, "is no TOML"),
            ("a." * 50000 + "a = 1", "dots"),
            ("a." * 4000 + "a = 1", "is a table"),
            ("a" * 100000 + " = 1", "there is no such option"),
            ("#" * (1 << 20) + "#", "run.toml"),
        ]:
            path = folder.write("run.toml", text)
            refuses("finetune", "--config", path, "--output", folder / "out", says=["run.toml", says])
        refuses("finetune", "--config", folder / "none.toml", says="none.toml")
        refuses("finetune", "--config", folder.path, says=folder.path)
        refuses("finetune", "--config", "", says="--config: the value is empty")
        refuses("finetune", "--config", path, "--config", path, says="--config: is given 2 times")
        assert folder.everything() == ["run.toml"]


def test_every_program_takes_a_file_of_options():
    with Folder() as folder:
        for program in PROGRAMS:
            if program == "params":  # its --config is the model's
                continue
            words = ["all"] if program == "reproduce" else []
            assert "--config FILE" in succeeds(program, "--help").out, program
            refuses(program, *words, "--config", folder.write("run.toml", "nothing = 1\n"), says="run.toml: line 1: nothing")
        refuses("params", "--config", folder.write("run.toml", 'method = "dora"\n'), says="run.toml")
