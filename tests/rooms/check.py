#!/usr/bin/env python3
"""Which room may include which, whether every header stands on its own, which of them adora.h includes, and how long an
elementwise op may be: check.py SOURCE_ROOT COMPILER...

An arrow points down only: examples, tests -> nn -> ops -> autograd -> backends -> core, and inside nn from floor to floor
as FLOORS says. Headers that no source file of the same name includes first (which proves the same where no header is precompiled) are compiled alone.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOMS = ["core", "backends", "autograd", "ops", "nn"]
# The floors of nn, its folders, and those that each may include; "" are the files in nn itself.
FLOORS = {
    "": set(),
    "io": {""},
    "plot": {"", "io"},
    "text": {"", "io"},
    "layers": {"", "io"},
    "optim": {"", "io"},
    "adapters": {"", "io", "text", "layers"},
    "models": {"", "io", "text", "layers"},
    "data": {"", "io", "text", "layers", "models"},
    "train": {"", "io", "text", "layers", "models", "data", "optim"},
}
OP_LINES = 12
# Those with headers for programs, and how a header's second line begins that is not for all of them.
PUBLIC_ROOMS = ["core", "autograd", "ops", "nn"]
NOT_INCLUDED = "// Not in adora.h: "
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)


def files(root, *endings):
    return sorted(p for room in ROOMS for p in (root / room).rglob("*") if p.suffix in endings)


def place_of(root, source, included):
    """The parts of the path that an include leads to, from the root; none where it leads out of the tree, and
    "everything" for the umbrella header."""
    if included.startswith("adora/"):
        included = included[len("adora/") :]
        return ("everything",) if included == "adora.h" else tuple(included.split("/"))
    if pathlib.PurePath(included).name == "adora.h":
        return ("everything",)
    beside = pathlib.Path(os.path.normpath(source.parent / included))
    for path in (beside, root / included):
        if path.exists():
            return path.relative_to(root).parts
    return ()


def floor_of(place):
    return place[1] if len(place) > 2 else ""


def leads_up(own, place):
    """Whether a file at one place must not include the one at the other."""
    if not place:
        return False
    if place[0] in ("everything", "examples", "tests"):
        return True
    if place[0] not in ROOMS:
        return False
    if place[0] != own[0]:
        return ROOMS.index(place[0]) > ROOMS.index(own[0])
    return own[0] == "nn" and floor_of(own) != floor_of(place) and floor_of(place) not in FLOORS.get(floor_of(own), ())


def upward_includes(root):
    """Every include in a room that leads to one above it, or in nn to a floor that is not below."""
    found = []
    for source in files(root, ".h", ".cpp", ".cu", ".cuh"):
        own = source.relative_to(root).parts
        for included in INCLUDE.findall(source.read_text()):
            if leads_up(own, place_of(root, source, included)):
                found.append(f"{source.relative_to(root)} includes {included}")
    return found


def long_ops(root):
    """The elementwise ops that take more lines than one may, the first and the last of the file included."""
    lines = {p: len(p.read_text().splitlines()) for p in sorted((root / "ops/elementwise").rglob("*.h"))}
    return [f"{path.relative_to(root)} has {count}" for path, count in lines.items() if count > OP_LINES]


def sees_long_ops():
    """That check itself: an op with one line too many, and one that has just as many as it may."""
    with tempfile.TemporaryDirectory() as folder:
        ops = pathlib.Path(folder) / "ops/elementwise"
        ops.mkdir(parents=True)
        (ops / "right.h").write_text("\n" * OP_LINES)
        (ops / "wrong.h").write_text("\n" * (OP_LINES + 1))
        return long_ops(pathlib.Path(folder)) == [f"ops/elementwise/wrong.h has {OP_LINES + 1}"]


def wrongly_included(root, umbrella):
    """What is wrong with the headers that `umbrella`, the text of adora.h, includes: all those of PUBLIC_ROOMS but the ones
    whose second line says that they are not in it, among these every header that is in adora::detail as a whole."""
    found = []
    included = set(INCLUDE.findall(umbrella))
    for header in files(root, ".h"):
        name = str(header.relative_to(root))
        lines = header.read_text().splitlines()
        marked = [number for number, line in enumerate(lines) if line.startswith("// Not in adora.h")]
        if marked and (marked != [1] or not lines[1].startswith(NOT_INCLUDED) or not lines[1].endswith(".")):
            found.append(f"{name}: '{NOT_INCLUDED}WHY.' has to be its second line")
        elif not marked and name.split("/")[0] in PUBLIC_ROOMS and "namespace adora::detail {" in lines:
            found.append(f"{name} is the library's own; its second line has to be '{NOT_INCLUDED}the library's own.'")
        elif (name in included) != (not marked and name.split("/")[0] in PUBLIC_ROOMS):
            found.append(f"{name} is {'' if name in included else 'not '}in adora.h")
    return found


def sees_wrong_includes():
    """That check itself, with every kind of wrong header once."""
    detail, public = "namespace adora::detail {\n", "namespace adora {\nnamespace detail {\n"
    marked = "#pragma once\n// Not in adora.h: the library's own.\n"
    wrong = {
        "core/wrong0.h": "#pragma once\n" + detail,
        "core/wrong1.h": "#pragma once\n\n// Not in adora.h: the library's own.\n" + public,
        "core/wrong2.h": "#pragma once\n// Not in adora.h.\n" + public,
        "nn/wrong3.h": marked + public,
        "ops/wrong4.h": "#pragma once\n" + public,
        "backends/wrong5.h": "#pragma once\n" + public,
    }
    right = {"core/right0.h": marked + detail, "nn/right1.h": "#pragma once\n" + public, "backends/right2.h": detail}
    included = ["core/wrong0.h", "core/wrong1.h", "core/wrong2.h", "nn/wrong3.h", "backends/wrong5.h", "nn/right1.h"]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in (wrong | right).items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)
        found = wrongly_included(root, "".join(f'#include "{name}"\n' for name in included))
        return len(found) == len(wrong) and not any("right" in one for one in found)


def proven_by_source(header):
    """Whether the source file of the same name includes the header before anything else."""
    source = header.with_suffix(".cpp")
    if not source.exists():
        return False
    first = INCLUDE.search(source.read_text())
    return bool(first) and first.group(1) == header.name


def compile_alone(root, compiler, header):
    command = compiler + ["-std=c++20", "-fopenmp", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-include", str(header)]
    if header.parent.name == "cuda":
        # As the tests' emulator compiles them, which every machine can.
        command += ["-DADORA_CUDA_EMULATOR", "-I", str(root / "tests/cuda_emulator"), "-Wno-unknown-pragmas"]
        includer = root / "backends" / header.name.replace("_kernel.h", ".h")
        if header.name.endswith("_kernel.h") and includer.exists():
            command[command.index(str(header))] = str(includer)  # which includes it in its middle
    result = subprocess.run(command + ["-x", "c++", os.devnull], capture_output=True, text=True, cwd=root)
    return "" if result.returncode == 0 else f"{header.relative_to(root)} does not stand on its own:\n{result.stderr[:2000]}"


def sees_upward_includes():
    """The check itself, on a tree in which every kind of wrong include stands once."""
    wrong_floors = [("models", '"../adapters/part.h"'), ("adapters", "<adora/nn/models/part.h>"), ("", '"io/part.h"')]
    right_floors = [("models", '"../layers/part.h"'), ("io", '"../part.h"'), ("train", '"part.h"')]
    wrong = ['"../ops/op.h"', "<adora/ops/op.h>", '"adora.h"', "<adora/adora.h>", '"../tests/catch.h"', '"ops/op.h"']
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for room in ROOMS + ["tests"]:
            (root / room).mkdir()
        (root / "ops/op.h").write_text('#include "../core/tensor.h"\n#include <vector>\n')
        (root / "core/tensor.h").write_text("")
        (root / "tests/catch.h").write_text("")
        for number, include in enumerate(wrong):
            (root / f"core/wrong{number}.cpp").write_text(f"#include {include}\n")
        for floor in FLOORS:
            (root / "nn" / floor).mkdir(exist_ok=True)
            (root / "nn" / floor / "part.h").write_text("")
        for number, (floor, include) in enumerate(wrong_floors):
            (root / "nn" / floor / f"wrong{number}.cpp").write_text(f"#include {include}\n")
        for number, (floor, include) in enumerate(right_floors):
            (root / "nn" / floor / f"right{number}.cpp").write_text(f"#include {include}\n")
        found = upward_includes(root)
        return len(found) == len(wrong) + len(wrong_floors) and not any("right" in one for one in found)


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    compiler = sys.argv[2:]
    problems = upward_includes(root)
    results = [("no room and no floor of nn includes one above it", problems)]
    results.append(("a wrong include of any kind is seen", [] if sees_upward_includes() else ["some were not"]))
    results.append((f"every elementwise op has at most {OP_LINES} lines", long_ops(root)))
    results.append(("one with a line more is seen", [] if sees_long_ops() else ["it was not"]))
    umbrella = subprocess.run([root / "tools/umbrella", root], capture_output=True, text=True, check=True).stdout
    results.append(("adora.h has every header for programs, and none of the library's own", wrongly_included(root, umbrella)))
    results.append(("a wrong header of any kind is seen", [] if sees_wrong_includes() else ["some were not"]))
    headers = files(root, ".h")
    unguarded = [str(h.relative_to(root)) for h in headers if "#pragma once" not in h.read_text()]
    results.append(("every header is guarded", unguarded))
    alone = [h for h in headers if not proven_by_source(h)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        broken = [text for text in pool.map(lambda h: compile_alone(root, compiler, h), alone) if text]
    results.append(("every header stands on its own", broken))
    for what, wrong in results:
        print("ok" if not wrong else "FAIL", what)
        for line in wrong:
            print("  " + line)
    failed = sum(1 for _, wrong in results if wrong)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
