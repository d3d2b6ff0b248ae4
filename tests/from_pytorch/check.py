#!/usr/bin/env python3
"""Compiles and runs the right column of the tables in docs/from-pytorch.md: check.py SOURCE_ROOT BUILD_ROOT COMPILER...

With ADORA_TORCH naming a Python that has PyTorch, the left column is computed too, and both are compared: shapes and
numbers, but only shapes where they are drawn at random.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROW = re.compile(r"^\| `(.+)` \| `(.+)` \|$")
DRAWN = ["Random", "Modules", "Training"]


def rows_of(text):
    """(section, PyTorch, adora) for each row of the tables."""
    rows, section = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif (found := ROW.match(line)) is not None:
            rows.append((section, *found.groups()))
        elif line.startswith("| ") and line not in ("| PyTorch | adora |", "| --- | --- |"):
            raise ValueError(f"no row as the others are: {line}")
    return rows


def program(here, rows):
    lines = [f'#include "{here / "inputs.h"}"', "struct Rows : Inputs {"]
    for number, (_, _, code) in enumerate(rows):
        body = code if code.endswith(";") else f"({code}), Show{{out, {number}}};"
        lines += [f"  void row{number}([[maybe_unused]] std::FILE* out) {{ {body} }}"]
    lines += ["};", "int main(int, char** arguments) {", '  std::FILE* out = std::fopen(arguments[1], "w");']
    lines += ['  write_npy("x.npy", Rows().x);', '  save("net.safetensors", Rows().net);']
    lines += ["  int row = 0;", "  try {"]
    lines += [f"    row = {number}, Rows().row{number}(out);" for number in range(len(rows))]
    lines += ["  } catch (const std::exception& e) {", '    std::fprintf(stderr, "row %d: %s\\n", row, e.what());']
    return "\n".join(lines + ["    return 1;", "  }", "  return std::fclose(out);", "}"]) + "\n"


def parsed(text):
    found = {}
    for line in text.splitlines():
        row, shape, numbers = re.match(r"(\d+) \[(.*?)\](.*)", line).groups()
        found[int(row)] = ([int(size) for size in shape.split(",") if size], [float(number) for number in numbers.split()])
    return found


def differs(ours, theirs, drawn):
    if ours[0] != theirs[0]:
        return f"the shape is {ours[0]} here and {theirs[0]} in PyTorch"
    largest = max([1.0] + [abs(number) for number in theirs[1]])
    if not drawn and any(not abs(p - q) <= 1e-4 * largest for p, q in zip(ours[1], theirs[1])):
        return f"{ours[1]} here and {theirs[1]} in PyTorch"
    return ""


def main(root, build, *compiler):
    root, build = pathlib.Path(root), pathlib.Path(build)
    here = root / "tests/from_pytorch"
    rows = rows_of((root / "docs/from-pytorch.md").read_text())
    assert len(rows) > 100, f"only {len(rows)} rows"
    passed = failed = compared = 0
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "rows.cpp"
        source.write_text(program(here, rows))
        flags = ["-std=c++20", "-O0", "-w", f"-I{build}/include", f"-I{root}/include"]
        linked = [f"-L{build}", "-ladora", "-lfmt", f"-Wl,-rpath,{build}"]
        done = subprocess.run([*compiler, *flags, source, "-o", f"{folder}/rows", *linked], capture_output=True, text=True)
        if done.returncode == 0:
            done = subprocess.run([f"{folder}/rows", f"{folder}/values"], cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            errors = [line for line in done.stderr.splitlines() if "error" in line or line.startswith("row ")]
            print("\n".join(errors or [f"status {done.returncode}", done.stderr]))
            for number in sorted({int(n) for n in re.findall(r"row ?(\d+)", done.stderr)}):
                print(f"FAIL {rows[number][2]}")
            print("0 passed, 1 failed")
            return 1
        ours = parsed(pathlib.Path(folder, "values").read_text())
        theirs = [None] * len(rows)
        if os.environ.get("ADORA_TORCH"):
            code = f"import json, sys; sys.path.insert(0, {str(here)!r}); import inputs; print(json.dumps(inputs.values(json.load(sys.stdin))))"
            done = subprocess.run([os.environ["ADORA_TORCH"], "-c", code], cwd=folder, input=json.dumps([row[1] for row in rows]), capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            theirs = json.loads(done.stdout.splitlines()[-1])
        for number, (section, python, code) in enumerate(rows):
            both = number in ours and theirs[number] is not None
            problem = differs(ours[number], theirs[number], section in DRAWN) if both else ""
            compared += both
            passed, failed = passed + (not problem), failed + bool(problem)
            if problem:
                print(f"FAIL {python} | {code}: {problem}")
    print(f"{compared} of {len(rows)} rows compared with PyTorch")
    print(f"{passed} passed, {failed} failed")
    return 0 if not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
