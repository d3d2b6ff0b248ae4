#!/usr/bin/env python3
"""The gallery's programs reach what they state, draw their pictures, and lose what the same programs lose in PyTorch:
check.py FOLDER_OF_PROGRAMS [NAME...]

twins/NAME.py is the program in PyTorch, which starts from the numbers that the program here says it started from. Its
losses of the first steps are kept in losses/NAME.json; with ADORA_TORCH naming a Python that has PyTorch, the twins run
and are compared themselves, and with --write their losses are kept.
"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STEPS = 20
WITHIN = {"float32": 1e-5, "float64": 1e-10}
MOST_LINES = 100


def losses_in(record):
    """Those that a program has written: the tensor "losses", of float64."""
    data = record.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    begin, end = (8 + length + offset for offset in json.loads(data[8 : 8 + length])["losses"]["data_offsets"])
    return list(struct.unpack(f"<{(end - begin) // 8}d", data[begin:end]))


def run(program, *arguments):
    result = subprocess.run([program, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
    assert result.returncode == 0, f"{' '.join(map(str, arguments))}: status {result.returncode}\n{result.stdout}{result.stderr}"
    return result.stdout


def twin_losses(python, name, record):
    code = f"import json, sys; sys.path[:0] = {[str(HERE), str(HERE / 'twins')]!r}; import twin, {name} as program; " \
           f"print(json.dumps(list(program.losses(twin.Record({str(record)!r})))))"
    result = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=900)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def difference(ours, theirs):
    assert len(ours) == len(theirs) == STEPS, f"{len(ours)} losses here, {len(theirs)} in PyTorch"
    return max(abs(a - b) / max(1, abs(b)) for a, b in zip(ours, theirs))


def check_losses(program, name, write):
    kept = HERE / "losses" / f"{name}.json"
    python = os.environ.get("ADORA_TORCH")
    found = {}
    for dtype, within in WITHIN.items():
        with tempfile.TemporaryDirectory() as folder:
            record = pathlib.Path(folder) / "record.safetensors"
            run(program, "--steps", STEPS, "--dtype", dtype, "--record", record)
            ours = losses_in(record)
            theirs = found[dtype] = twin_losses(python, name, record) if python else json.loads(kept.read_text())[dtype]
        apart = difference(ours, theirs)
        assert apart <= within, f"in {dtype} the losses are {apart:.2g} apart:\n{ours}\n{theirs}"
        print(f"   {dtype}: losses within {apart:.1e} of PyTorch's", flush=True)
    if write:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(found, indent=1) + "\n")


def check_results(program, name):
    with tempfile.TemporaryDirectory() as folder:
        said = run(program, "--out", folder)
        print("   " + "\n   ".join(said.strip().splitlines()[-3:]), flush=True)
        written = sorted(os.listdir(folder))
    assert f"{name}.html" in written and any(one.endswith((".svg", ".png")) for one in written), written
    page = (ROOT / "docs/gallery" / f"{name}.md").read_text()
    pictures = [one for one in written if one.endswith((".svg", ".png")) and f"({one})" in page]
    assert pictures, f"docs/gallery/{name}.md shows none of {written}"
    for picture in pictures:
        assert (ROOT / "docs/gallery" / picture).exists(), f"docs/gallery/{picture} is not there"
    assert f"({name}.md)" in (ROOT / "docs/gallery/README.md").read_text(), f"docs/gallery/README.md doesn't name {name}.md"


def check_length(source):
    lines = len(source.read_text().splitlines())
    assert lines < MOST_LINES, f"{source.name} has {lines} lines"


def main(folder, *names):
    write = "--write" in names
    names = [name for name in names if name != "--write"]
    sources = sorted(p for p in (ROOT / "examples/gallery").glob("*.cpp") if p.stem != "run")
    passed = failed = 0
    for source in sources:
        name = source.stem
        if names and name not in names:
            continue
        program = pathlib.Path(folder) / name
        for what, check in {
            f"{name} is short": lambda: check_length(source),
            f"{name} loses what PyTorch does": lambda: check_losses(program, name, write),
            f"{name} reaches what it states": lambda: check_results(program, name),
        }.items():
            try:
                check()
                passed += 1
                print("ok", what, flush=True)
            except Exception as problem:
                failed += 1
                print(f"FAIL {what}: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
