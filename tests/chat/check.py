#!/usr/bin/env python3
"""Compares chat templates as this library renders them with Python's jinja2, set as transformers sets it:
check.py PROGRAM [--expressions N] [--seed N] [--write]

PROGRAM reads {"template": ..., "given": {...}} a line, and prints the text as a JSON string, or what was wrong in a list.
Where Python has no jinja2, that of ADORA_TORCH is asked; without any, the templates and the fixed expressions are compared
with what jinja2 gave, which expected.json has, null for an error; --write keeps it anew.
"""

import argparse
import copy
import json
import os
import pathlib
import random
import subprocess
import sys
import time
import warnings

import expressions
import templates

NOW = 1_000_000_000
KEPT = pathlib.Path(__file__).resolve().parent / "expected.json"


def environment():
    import jinja2
    from jinja2.ext import Extension, loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        tags = {"generation"}

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return jinja2.nodes.CallBlock(self.call_method("_given"), [], [], body).set_lineno(line)

        def _given(self, caller):
            return caller()

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = lambda form: time.strftime(form, time.localtime(NOW))
    return made


def expected(jinja, template, given):
    """The text, or None for an error of any kind."""
    try:
        return jinja.from_string(template).render(**copy.deepcopy(given))  # indent changes lists
    except Exception:
        return None


def rendered(program, cases):
    lines = "".join(json.dumps({"template": t, "given": g, "now": NOW}) + "\n" for _, t, g in cases)
    result = subprocess.run([program], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in result.stdout.decode().split("\n")[:-1]]


def kept_cases():
    return list(templates.cases()) + expressions.fixed()


def verdict(got, want):
    """How what the program gives compares: "same", "errors" in both, "unknown" to it, or "wrong"."""
    error = got[0] if isinstance(got, list) else None
    if error is None and got == want:
        return "same"
    # What is not known is refused by name; it must never be another text.
    if error is not None and want is None:
        return "errors"
    return "unknown" if error is not None and expressions.may_refuse(error) else "wrong"


def compare(program, cases, wants):
    """The verdicts on all cases, of which the wrong ones are shown."""
    verdicts = []
    for (name, template, given), got, want in zip(cases, rendered(program, cases), wants, strict=True):
        verdicts.append(verdict(got, want))
        if verdicts[-1] == "wrong" and verdicts.count("wrong") <= 20:
            print(f"WRONG {name}\n  template {template!r}\n  given    {str(given)[:400]}\n  got      {got!r}\n  expected {want!r}")
    return verdicts


def jinja_or_none():
    try:
        return environment()
    except ImportError:
        other = os.environ.get("ADORA_TORCH")
        if other and os.path.realpath(other) != os.path.realpath(sys.executable) and "ADORA_ASKED" not in os.environ:
            os.execvpe(other, [other, *sys.argv], {**os.environ, "ADORA_ASKED": "1"})
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--expressions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep what jinja2 gives")
    options = parser.parse_args()
    os.environ["TZ"] = "UTC"
    time.tzset()
    cases, jinja = kept_cases(), jinja_or_none()
    warnings.simplefilter("ignore")  # Python has doubts about some expressions that are drawn
    if options.write:
        KEPT.write_text(json.dumps([expected(jinja, t, g) for _, t, g in cases], indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    wants = json.loads(KEPT.read_text(encoding="utf-8"))
    if jinja:
        cases += expressions.drawn(random.Random(options.seed), options.expressions)
        wants = [expected(jinja, t, g) for _, t, g in cases]
    else:
        print("no jinja2 to compare with: what it gave is kept")
    verdicts = compare(options.program, cases, wants)
    print(f"seed {options.seed}: " + ", ".join(f"{verdicts.count(one)} {one}" for one in ["same", "errors", "unknown", "wrong"]))
    print(f"{len(verdicts) - verdicts.count('wrong')} passed, {verdicts.count('wrong')} failed")
    return 1 if "wrong" in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
