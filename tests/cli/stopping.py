"""Programs that are asked to stop, once and twice, and programs that are started without their standard descriptors."""
import os
import signal
import subprocess
import time

from files import make_model, read_json, read_log
from finetuning import adapter, common
from harness import Folder, command, succeeds


def lines_of(path):
    return open(path).read().count("\n") if os.path.exists(path) else 0


def wait_until(condition, process, seconds=60):
    until = time.time() + seconds
    while not condition() and process.poll() is None and time.time() < until:
        time.sleep(0.002)
    assert process.poll() is None, process.communicate()


def started(*words, sigint=signal.SIG_DFL):
    # In the background of a script SIGINT is ignored.
    return subprocess.Popen(command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, sigint))


def results(folder):
    """What must be the same however often a run was stopped: the weights, and the log but for the time."""
    weights = next(name for name in ["adapter_model.safetensors", "model.safetensors"] if os.path.exists(os.path.join(folder, name)))
    with open(os.path.join(folder, weights), "rb") as file:
        return file.read(), [{key: value for key, value in step.items() if key != "seconds"} for step in read_log(folder)]


def test_asked_to_stop_a_run_ends_its_step_and_goes_on_to_the_same_bits():
    with Folder() as folder:
        base = common(folder, *adapter("--method", "dora", "--max-steps", 400))
        succeeds("finetune", *base, "--output", folder / "whole", timeout=1200)
        log = folder / "part/log.jsonl"
        words = ["finetune", *base, "--output", folder / "part"]
        for number, status in [(signal.SIGTERM, 143), (signal.SIGINT, 130)]:
            process, before = started(*words), lines_of(log)
            wait_until(lambda: lines_of(log) > before + 20, process)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            steps = lines_of(log)
            # Stopped where it was, not where the last checkpoint happened to lie.
            assert process.returncode == status, (process.returncode, err)
            assert err.splitlines()[-1] == f"finetune: stopped after step {steps}; --resume {folder / 'part'} goes on", (steps, err)
            assert not os.path.exists(folder / "part/report.json")
            words = ["finetune", "--resume", folder / "part"]
        succeeds(*words, timeout=1200)
        assert results(folder / "whole") == results(folder / "part")


def test_a_run_of_several_methods_that_is_stopped_goes_on_with_those_that_are_left():
    with Folder() as folder:
        base = common(folder, *adapter("--method", "lora,dora", "--max-steps", 150))
        succeeds("finetune", *base, "--output", folder / "whole", timeout=1200)
        process = started("finetune", *base, "--output", folder / "part")
        wait_until(lambda: lines_of(folder / "part/dora/log.jsonl") > 5, process)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 143 and f"--resume {folder / 'part'} goes on" in err, (process.returncode, err)
        succeeds("finetune", "--resume", folder / "part", timeout=1200)
        for method in ["lora", "dora"]:
            assert results(folder / f"whole/{method}") == results(folder / f"part/{method}"), method


def test_a_second_signal_ends_a_run_at_once():
    with Folder() as folder:
        # A step of so many documents takes longer than the signals.
        folder.write("many.txt", "the cat is big\n" * 20000)
        base = common(folder, *adapter("--max-steps", 5, "--output", folder / "out"), batch=20000, data="many.txt")
        process = started("finetune", *base)
        wait_until(lambda: os.path.exists(folder / "out/log.jsonl"), process)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGTERM, process.returncode
        assert lines_of(folder / "out/log.jsonl") == 0


def test_a_signal_that_was_to_be_ignored_still_is():
    with Folder() as folder:
        base = common(folder, *adapter("--max-steps", 200, "--output", folder / "out"))
        process = started("finetune", *base, sigint=signal.SIG_IGN)
        wait_until(lambda: lines_of(folder / "out/log.jsonl") > 5, process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=300) == 0 and len(read_log(folder / "out")) == 200


def test_a_program_without_a_state_ends_at_once():
    with Folder() as folder:
        make_model(folder / "model")
        process = started("generate", "--model", folder / "model", "--tokens", "1,14", "--max-new-tokens", 1 << 20, "--print-tokens",
                          "--temperature", 9, "--threads", 1)
        time.sleep(0.5)
        if process.poll() is None:  # it may have drawn the end of the text
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            assert process.returncode == -signal.SIGTERM, process.returncode


def test_without_standard_descriptors_nothing_is_lost_and_files_hold_what_is_theirs():
    with Folder() as folder:
        base = common(folder, *adapter())
        succeeds("finetune", *base, "--max-steps", 60, "--output", folder / "open")
        for closed in ["", ">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"]:
            out = folder / "closed"
            shell = 'exec "$@" ' + closed
            for words in [[*base, "--max-steps", 30, "--output", out], ["--resume", out, "--max-steps", 60]]:
                done = subprocess.run(["sh", "-c", shell, "sh", *command("finetune", *words)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
                assert done.returncode == 0, (closed, words, done)
            assert results(folder / "open") == results(out), closed
            assert [step["step"] for step in read_log(out)] == list(range(1, 61)), closed
            assert len(read_json(out + "/report.json")["runs"]) == 1
