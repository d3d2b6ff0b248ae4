"""reproduce: its experiments from end to end in the quick extent, stopped and gone on with, and its page in a browser."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import time

import harness
from browser import look, screenshot
from harness import Folder, command, refuses, run, succeeds
from stopping import lines_of, started, wait_until

EXPERIMENTS = ["accuracy", "ranks", "samples", "granularity", "overhead", "patterns", "quantized"]
KEPT = {}  # the folder that the first test fills and the others look at


def finished(output):
    return sorted(glob.glob(os.path.join(output, "runs", "**", "report.json"), recursive=True))


def children_of(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(word) for word in listed.split()]


def reproduction():
    """The output of `reproduce all --quick`, stopped by force in the middle of its first runs and gone on with."""
    if "output" in KEPT:
        return KEPT["output"]
    assert "folder" not in KEPT, "the reproduction has failed before"
    KEPT["folder"] = Folder().__enter__()
    output = KEPT["folder"] / "out"
    process = subprocess.Popen(command("reproduce", "all", "--quick", "--output", output), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until, runs = time.time() + 900, []
    while not runs:
        assert time.time() < until and process.poll() is None, process.returncode
        time.sleep(0.05)
        if len(finished(output)) < 4:
            continue
        # Held still while its runs are counted: between two of them it may have none.
        process.send_signal(signal.SIGSTOP)
        runs = children_of(process.pid)
        if not runs:
            process.send_signal(signal.SIGCONT)
    begun = [os.path.dirname(path) for path in glob.glob(os.path.join(output, "runs/**/checkpoint.state"), recursive=True)]
    KEPT["interrupted"] = [folder for folder in begun if not os.path.exists(os.path.join(folder, "report.json"))]
    KEPT["kept"] = {path: os.stat(path).st_mtime_ns for path in finished(output)}
    process.send_signal(signal.SIGKILL)
    process.wait()
    until = time.time() + 30
    while any(os.path.exists(f"/proc/{pid}") for pid in runs) and time.time() < until:
        time.sleep(0.05)
    KEPT["orphans"] = [pid for pid in runs if os.path.exists(f"/proc/{pid}")]
    KEPT["children"] = len(runs)
    KEPT["result"] = succeeds("reproduce", "all", "--quick", "--output", output, timeout=1500)
    KEPT["output"] = output
    return output


def results():
    with open(os.path.join(reproduction(), "results.json")) as file:
        return json.load(file)


def test_all_experiments_leave_tables_claims_and_numbers():
    found = results()
    assert set(found["experiments"]) == {"rates", *EXPERIMENTS}, set(found["experiments"])
    printed = KEPT["result"].out
    for title in ["Table 1", "Figure 5, Table 15", "Figures 4 and 9", "Table 6", "Table 7", "Figures 2, 3, 7 and 8", "Figure 6"]:
        assert f"({title})" in printed, title
    for name, section in found["experiments"].items():
        assert section["tables"] and (section["claims"] or name == "rates"), name
        for claim in section["claims"]:
            assert claim["verdict"] in ["supported", "contradicted", "not decided"] and claim["paper"] and claim["here"], claim
            assert claim["statement"] in printed, claim
    # Two seeds tell no methods apart; what is counted is decided all the same.
    assert all(claim["verdict"] == "not decided" for name in ["accuracy", "ranks", "samples"]
               for claim in found["experiments"][name]["claims"])
    seeds = {run["seed"] for run in found["runs"].values() if run["steps"] > 0}
    assert seeds == {1, 2}, seeds


def test_numbers_are_those_of_the_runs():
    output, found = reproduction(), results()
    by_label = {}
    for name, entry in found["runs"].items():
        with open(os.path.join(output, "runs", name, "report.json")) as file:
            [report] = json.load(file)["runs"]
        tasks = {task: value for task, value in report["accuracy"].items() if task != "average"}
        assert len(tasks) == 8 and abs(entry["average"] - 100 * sum(tasks.values()) / 8) < 1e-9, name
        if re.fullmatch(r"(full|[a-z]+-r32)-seed\d", name):
            by_label.setdefault(entry["label"], []).append(entry["average"])
    [table] = found["experiments"]["accuracy"]["tables"]
    rows = {row[0]: row for row in table["rows"]}
    for label in ["Full", "LoRA r=32", "DoRA r=32", "VeRA r=32", "DVoRA r=32"]:
        mean = sum(by_label[label]) / len(by_label[label])
        assert rows[label][-1].startswith(f"{mean:.1f} ±"), (label, rows[label], mean)
    assert table["header"][2:] == ["BoolQ", "PIQA", "SIQA", "HellaSwag", "WinoG.", "ARC-e", "ARC-c", "OBQA", "Avg."]


def test_learning_rates_come_from_questions_that_are_in_no_other_set():
    output, found = reproduction(), results()

    def questions(path):
        with open(path) as file:
            return [(one["instruction"], one["answer"]) for one in json.load(file)]

    trained = {one for one in questions(os.path.join(output, "questions/train.json"))}
    for task in os.listdir(os.path.join(output, "questions/test")):
        held, test = (questions(os.path.join(output, "questions", part, task, "test.json")) for part in ["held-out", "test"])
        assert len(held) == 10 and len(test) == 20, (len(held), len(test))
        assert not trained & {*held, *test} and not set(held) & set(test), task
    [table] = found["experiments"]["rates"]["tables"]
    for method, *accuracies, chosen in table["rows"]:
        best = table["header"][1:-1][accuracies.index(max(accuracies, key=float))]
        assert chosen.rstrip("*") == best, (method, accuracies, chosen)
    # Every other run takes its method's rate and the test questions, those that choose it the held-out ones.
    rates = {row[0]: row[-1].rstrip("*") for row in table["rows"]}
    for path in glob.glob(os.path.join(output, "runs", "dora-*", "options.json")):
        with open(path) as file:
            arguments = json.load(file)["arguments"]
        assert f"--lr={rates['DoRA r=32']}" in arguments, path
        assert any(one.startswith("--eval=") and one.endswith("questions/test") for one in arguments), path
    for path in glob.glob(os.path.join(output, "runs", "tuning", "*", "options.json")):
        with open(path) as file:
            assert any(one.endswith("questions/held-out") for one in json.load(file)["arguments"]), path


def test_stopped_by_force_it_leaves_no_run_behind_and_goes_on_where_it_was():
    reproduction()
    assert KEPT["children"] > 0 and not KEPT["orphans"], KEPT
    for path, time_written in KEPT["kept"].items():
        assert os.stat(path).st_mtime_ns == time_written, path


def test_asked_to_stop_it_says_that_it_can_go_on():
    output = reproduction()
    stopped = os.path.join(output, "runs/dora-r4-seed1")
    shutil.rmtree(stopped)
    # A terminal's Ctrl-C is for the whole group, kill for one process: either way the runs leave a checkpoint, once.
    for number, status, send in [(signal.SIGTERM, 143, os.kill), (signal.SIGINT, 130, os.killpg)]:
        process = started("reproduce", "ranks", "--quick", "--output", output)
        before = lines_of(stopped + "/log.jsonl")
        wait_until(lambda: lines_of(stopped + "/log.jsonl") > before + 2, process)
        runs = children_of(process.pid)
        send(process.pid, number)
        err = process.communicate(timeout=60)[1]
        assert process.returncode == status and err.splitlines()[-1] == "reproduce: stopped; the same command goes on where it was", err
        assert runs and not any(os.path.exists(f"/proc/{pid}") for pid in runs)
        with open(stopped + ".txt") as file:
            assert f"stopped after step {lines_of(stopped + '/log.jsonl')};" in file.read().splitlines()[-1]
    succeeds("reproduce", "ranks", "--quick", "--output", output)


def test_a_run_is_a_command_line_of_finetune():
    output = reproduction()
    # Those that were interrupted in their midst give what they give undisturbed.
    for run_folder in [os.path.join(output, "runs/lora-r32-seed1"), *KEPT["interrupted"]]:
        with open(os.path.join(run_folder, "options.json")) as file:
            arguments = json.load(file)["arguments"]
        with Folder() as folder:
            succeeds("finetune", *arguments, "--output", folder / "again")
            with open(folder / "again/report.json") as file:
                again = json.load(file)["runs"][0]
        with open(os.path.join(run_folder, "report.json")) as file:
            first = json.load(file)["runs"][0]
        assert again["accuracy"] == first["accuracy"] and again["final_loss"] == first["final_loss"], (again, first)


def test_what_is_finished_is_not_done_again_and_what_is_missing_is():
    output, before = reproduction(), results()
    shutil.rmtree(os.path.join(output, "runs/dora-r8-seed2"))
    kept = {path: os.stat(path).st_mtime_ns for path in finished(output)}
    succeeds("reproduce", "ranks", "--quick", "--output", output)
    assert {path: os.stat(path).st_mtime_ns for path in kept} == kept
    assert results()["runs"]["dora-r8-seed2"]["accuracy"] == before["runs"]["dora-r8-seed2"]["accuracy"]
    assert set(results()["experiments"]) == {"rates", *EXPERIMENTS}


def test_a_damaged_file_is_named_and_nothing_else_is_lost():
    output = reproduction()
    for name, content in [("runs/full-seed1/report.json", b"{"), ("runs/full-seed1/report.json", b'{"runs": []}'),
                          ("runs/full-seed1/log.jsonl", b"{}\n"), ("runs/lora-r32-seed1/options.json", b"\xff"),
                          ("reproduction.json", b"[]"), ("overhead.json", b'{"steps": 1}')]:
        path = os.path.join(output, name)
        with open(path, "rb") as file:
            whole = file.read()
        kept = {one: os.stat(one).st_mtime_ns for one in finished(output)}
        with open(path, "wb") as file:
            file.write(content)
        result = run("reproduce", "all", "--quick", "--output", output)
        with open(path, "wb") as file:
            file.write(whole)
        [line] = [line for line in result.err.splitlines() if line.startswith("reproduce: ") and "%" not in line]
        assert result.status == 2 and name in line and "remove" in line, (name, result.err)
        assert {one: os.stat(one).st_mtime_ns for one in kept if one != path} == {one: time for one, time in kept.items() if one != path}
    succeeds("reproduce", "patterns", "--quick", "--output", output)


def test_another_extent_or_other_options_in_the_same_folder_are_refused():
    output = reproduction()
    refuses("reproduce", "accuracy", "--output", output, says=["quick", "usual", "choose another folder"])
    path = os.path.join(output, "runs/vera-r32-seed2/options.json")
    with open(path) as file:
        whole = file.read()
    with open(path, "w") as file:
        file.write(whole.replace("--rank=32", "--rank=31"))
    result = run("reproduce", "accuracy", "--quick", "--output", output)
    with open(path, "w") as file:
        file.write(whole)
    assert result.status == 2 and "--rank=31" in result.err and "vera-r32-seed2" in result.err, result.err


def test_names_and_options_that_make_no_sense_are_refused():
    refuses("reproduce", says=["NAME", "missing", *EXPERIMENTS])
    refuses("reproduce", "acuracy", says=["acuracy", "accuracy"])
    refuses("reproduce", "ranks", "--workers", 0, says="--workers")
    refuses("reproduce", "ranks", "all", says="all")
    with Folder() as folder:
        folder.write("file", "")
        refuses("reproduce", "ranks", "--output", folder / "file", says="--output")
        folder.write("other/model/config.json", "{}")
        refuses("reproduce", "ranks", "--output", folder / "other", says=["--output", "folder model"])
    help_text = succeeds("reproduce", "--help").out
    assert all(name in help_text for name in EXPERIMENTS), help_text


def test_a_browser_shows_every_figure_without_an_error():
    page = os.path.join(reproduction(), "report.html")
    with open(page, encoding="utf-8") as file:
        assert not re.search(r'(src|href)="|url\(|@import', file.read())
    for dark in [False, True]:
        found, console = look(page, dark)
        assert console == [], console
        assert found["loaded"] == [], found["loaded"]
        # accuracy 2, ranks 2, samples 1, granularity 1, overhead 1, patterns 12, quantized 2
        assert found["figures"] == 21 and len(found["sizes"]) == 21, found
        assert all(width > 300 and height > 150 for width, height in found["sizes"]), found["sizes"]
        assert all(re.search(r"\d", text) and len(text) > 60 for text in found["alternatives"]), found["alternatives"]
        for heading in ["The paper's claims", "Learning rates", "Accuracy (Table 1)", "In the paper (Table 15)", "Full, q_proj",
                        "DoRA r=32, v_proj", "ΔD of k_proj at the end", "In the paper (Figure 6)"]:
            assert heading in found["headings"], (heading, found["headings"])
        assert found["wide"] <= 0, found["wide"]
        light = sum(int(number) for number in re.findall(r"\d+", found["ground"])[:3]) > 384
        assert light != dark, (dark, found["ground"])
        text_light = sum(int(number) for number in re.findall(r"\d+", found["text"])[:3]) > 384
        assert text_light == dark, (dark, found["text"])
    picture = os.path.join(os.path.dirname(harness.PROGRAMS), "report.png")
    width, height = screenshot(page, picture)
    assert width == 1000 and height > 3000, (width, height)


def test_the_browser_notices_a_broken_figure():
    with Folder() as folder:
        page = folder.write("page.html", '<html><head><title></title></head><body><svg><path d="M nan 3"/></svg></body></html>')
        _, console = look(page)
        assert any("path" in line for line in console), console
