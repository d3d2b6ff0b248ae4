"""The programs to learn from run, and what they print is right."""
import gzip
import os
import re
import struct

from harness import Folder, run, succeeds


def test_scalar_finds_the_slopes_that_the_formula_has():
    text = succeeds("scalar").out
    pairs = re.findall(r"= (-?[\d.]+)   by hand: (-?[\d.]+)", text)
    assert len(pairs) == 2 and all(a == b for a, b in pairs), text
    assert "3.237328" in text and "4.893778" in text, text  # e^½(sin ½ + cos ½) + 1 and 2e^½ cos ½ + 2


def test_new_op_checks_the_gradients_it_defines():
    text = succeeds("new_op").out
    assert text.count("is right, and so is its gradient's") == 2, text


def test_draw_graph_prints_graphviz_text():
    text = succeeds("draw_graph").out
    assert text.startswith("digraph") and text.rstrip().endswith("}"), text
    assert 'label="w' in text and len(re.findall(r"n0 -> n\d+", text)) == 2, text


def test_trainer_learns_and_goes_on_where_it_was():
    with Folder() as folder:
        said = succeeds("trainer", cwd=folder.path).out
        assert float(re.search(r"trained on: ([\d.]+) after", said).group(1)) < 0.01, said
        log = open(folder / "trainer-run/log.jsonl").read()
        assert len(log.splitlines()) == 1000 and log.count("evaluation") == 10
        assert succeeds("trainer", cwd=folder.path).out == said
        assert open(folder / "trainer-run/log.jsonl").read() == log


def test_digits_reads_mnist_from_its_four_files():
    with Folder() as folder:
        for part, count in ("train", 60), ("t10k", 20):
            pixels = bytes(255 if k // 28 // 3 == i % 10 else k % 7 for i in range(count) for k in range(28 * 28))
            folder.write(f"{part}-images-idx3-ubyte", struct.pack(">4i", 0x803, count, 28, 28) + pixels)
            labels = struct.pack(">2i", 0x801, count) + bytes(i % 10 for i in range(count))
            folder.write(f"{part}-labels-idx1-ubyte.gz", gzip.compress(labels))
        said = succeeds("gallery/digits", "--data", folder.path, "--steps", 40).out
        assert "read right: 1 after 40 steps" in said, said
        os.remove(folder / "t10k-images-idx3-ubyte")
        refused = run("gallery/digits", "--data", folder.path)
        assert refused.status == 2 and "t10k-images-idx3-ubyte" in refused.err, refused.err
