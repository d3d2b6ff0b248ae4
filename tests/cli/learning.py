"""The programs to learn from run, and what they print is right."""
import re

from harness import Folder, succeeds


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
