#!/usr/bin/env python3
"""Compares chat templates as this library renders them with Python's jinja2, set as transformers sets it:
check.py PROGRAM [--expressions N] [--seed N]

PROGRAM reads {"template": ..., "given": {...}} a line, and prints the text as a JSON string, or what was wrong in a list.
Where Python has no jinja2, that of ADORA_TORCH is asked; without any the script says that there is nothing to compare with.
"""

import argparse
import copy
import json
import os
import random
import subprocess
import sys
import time
import warnings

import expressions
import templates

NOW = 1_000_000_000


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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--expressions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        jinja = environment()
    except ImportError:
        other = os.environ.get("ADORA_TORCH")
        if other and other != sys.executable:
            os.execvp(other, [other, *sys.argv])
        print("no jinja2 to compare with")
        return 0
    warnings.simplefilter("ignore")  # Python has doubts about some expressions that are drawn
    draw = random.Random(options.seed)
    cases = list(templates.cases()) + expressions.fixed() + expressions.drawn(draw, options.expressions)
    wrong = errors = unknown = 0
    for (name, template, given), got in zip(cases, rendered(options.program, cases), strict=True):
        want = expected(jinja, template, given)
        error = got[0] if isinstance(got, list) else None
        if error is None and got == want:
            continue
        # What is not known is refused by name; it must never be another text.
        if error is not None and want is None:
            errors += 1
            continue
        if error is not None and expressions.may_refuse(error):
            unknown += 1
            continue
        wrong += 1
        if wrong <= 20:
            print(f"WRONG {name}\n  template {template!r}\n  given    {str(given)[:400]}\n  got      {got!r}\n  expected {want!r}")
    print(f"{len(cases)} cases with seed {options.seed}: {errors} errors in both, {unknown} not known here, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
