"""Templates for every part of the language: fixed ones, and expressions that are drawn."""

FIXED = [
    "a{% if true %}\n b {%- endif %}\n\nc\n",
    "  {% if true %}\n  x\n  {% endif %}\n",
    "  {%+ if true %}\n  x\n  {%+ endif %}\n",
    "{% if true +%}\n  x{% endif %}",
    "{# a #}\nb{#- c -#}\n\n d {#+ e +#}\n",
    "x {{- 1 -}} y {{ 2 }}\n",
    "{% raw %}{{ a }}{% if %}{% endraw %}\n!",
    "{%- raw -%}\n  {{ a }}  {%- endraw -%}\n!",
    "a\r\nb\rc\r\n",
    "a\n\n",
    "{{ 'it''s' }}{{ \"a\\n\\t\\x41\\u00e9\\\\\" }}",
    "{{ [1, 2.0, 'a', none, true, {'k': (1,)}, ()] }}",
    "{{ 1e100 }} {{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1/3 }} {{ 10/2 }} {{ 7//2 }} {{ -7//2 }} {{ -7 % 3 }} {{ 7.5 // 2 }} {{ 2**10 }} {{ 2**-1 }} {{ -2**2 }}",
    "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' in 'abc' }} {{ 1 not in [2] }} {{ not 1 == 2 }}",
    "{{ 'a' ~ 1 ~ none ~ true ~ 1.0 ~ [1] }}",
    "{{ 1 if false }}|{{ 1 if false else 2 }}|{{ 'x' if 1 else 'y' if 0 else 'z' }}",
    "{% for a in [1,2,3] %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ loop.revindex }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a','b') }};{% endfor %}",
    "{% for a in [] %}x{% else %}none{% endfor %}",
    "{% for a in [1,2,3,4] if a % 2 == 0 %}{{ a }}{{ loop.index }}{% else %}none{% endfor %}",
    "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }},{% endfor %}",
    "{% for (a, b), c in [((1,2),3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% set x = 1 %}{% for i in [1,2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(x=1, y='a') %}{% for i in [1,2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}{{ ns }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = 1, %}{{ c }}",
    "{% set x %}a {{ 1 }}{% endset %}[{{ x }}]{% set y | upper | trim %} ab {% endset %}[{{ y }}]",
    "{% macro m(a, b=2, c) %}{% endmacro %}",
    "{% macro m(a, b=a) %}{{ a }}-{{ b }}-{{ varargs }}-{{ kwargs }}{% endmacro %}{{ m(1) }}{{ m(1, 3, 4, k=5) }}{{ m() }}",
    "{% macro m(x) %}[{{ caller(x) }}]{% endmacro %}{% call(y) m(3) %}<{{ y }}>{% endcall %}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}",
    "{% if x is defined %}a{% else %}b{% endif %}{% if nothing %}c{% endif %}{{ nothing }}",
    "{{ nothing.a }}",
    "{{ nothing | default('d') }}{{ '' | default('e') }}{{ '' | default('f', true) }}{{ nothing | length }}",
    "{{ {'a': 1}.b is defined }}{{ {'a': 1}['a'] }}{{ {'a': {'b': [1, 2]}}.a.b[-1] }}{{ 'abc'[1] }}{{ 'abc'[-5] }}",
    "{{ 'äbc'[::-1] }}{{ [1,2,3][1:] }}{{ [1,2,3][:-1] }}{{ [1,2,3][::-1] }}{{ 'abc'[5:] }}{{ (1,2,3)[0:2] }}",
    "{{ {'items': 1}.items }}{{ {'items': 1}['items'] }}",
    "{{ [3,1,2] | sort }}{{ ['b','A','c'] | sort }}{{ ['b','A'] | sort(case_sensitive=true) }}{{ [1,2] | sort(reverse=true) }}{{ [{'a':2},{'a':1}] | sort(attribute='a') }}",
    "{{ [1,2,3] | sum }}{{ [] | sum }}{{ [{'a': 1}] | sum(attribute='a') }}{{ [1,2] | max }}{{ ['b','a'] | min }}{{ [] | min }}",
    "{{ [1,1,2] | unique | list }}{{ [1,2,3] | reverse | list }}{{ 'abc' | reverse }}{{ [1,2] | first }}{{ [1,2] | last }}{{ [] | first }}",
    "{{ [{'a': 1}, {'a': 2}] | map(attribute='a') | list }}{{ ['a', 'b'] | map('upper') | join(',') }}{{ [{}] | map(attribute='x', default=3) | list }}",
    "{{ [0, 1, 2] | select | list }}{{ [1, 2, 3] | select('odd') | list }}{{ [1, 2, 3] | reject('>', 1) | list }}{{ [{'a': none}, {'a': 1}] | selectattr('a') | list }}{{ [{'a': 1}] | rejectattr('a', 'eq', 1) | list }}",
    "{{ 'hello world' | title }}{{ 'hELLO' | capitalize }}{{ 'a-b (c' | title }}{{ \"it's\".title() }}{{ 'ab cd' | upper }}",
    "{{ 'a\\nb\\n\\nc' | indent }}|{{ 'a\\nb' | indent(2, true) }}|{{ 'a\\n\\nb' | indent('>', blank=true) }}",
    "{{ {'b': 1, 'a': [1, 2.5, none, true, 'é\\n\"/']} | tojson }}{{ {'a': {'b': []}, 'c': [1]} | tojson(indent=2) }}{{ {} | tojson(indent=2) }}{{ 'é😀' | tojson(ensure_ascii=true) }}{{ {'b': 1, 'a': 2} | tojson(sort_keys=true, separators=(',', ':')) }}",
    "{{ '42' | int }}{{ '4.7' | int }}{{ 'x' | int }}{{ 'x' | int(-1) }}{{ ' 5 ' | int }}{{ '1_0' | int }}{{ '1.5' | float }}{{ 'x' | float }}{{ 3 | float }}{{ 2.7 | int }}{{ none | int }}{{ true | int }}",
    "{{ 2.5 | round }}{{ 3.14159 | round(2) }}{{ 2.1 | round(0, 'ceil') }}{{ 7 | round }}{{ -3 | abs }}{{ 2.567 | round(1, 'floor') }}",
    "{{ '%s is %d and %.2f%%' | format('a', 3, 2.5) }}{{ '%s' % 'x' }}{{ '%05d|%-4s|%4s' % (3, 'a', 'b') }}{{ '%r' % 'x' }}",
    "{{ ' a '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ '\\n\\na'.lstrip('\\n') }}|{{ 'a,b,,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a b c'.split(' ', 1) }}|{{ 'a b c'.rsplit(' ', 1) }}|{{ 'a b  c'.rsplit(none, 1) }}|{{ 'a b  c '.split(none, 1) }}",
    "{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith(('x', 'c')) }}{{ 'aXa'.replace('a', 'b') }}{{ 'aaa'.replace('a', 'b', 2) }}{{ 'ab'.replace('', '-') }}{{ ','.join(['a', 'b']) }}{{ 'abcb'.find('b') }}{{ 'abcb'.rfind('b') }}{{ 'x'.find('y') }}{{ 'abab'.count('ab') }}",
    "{{ 'a=b=c'.partition('=') }}{{ 'a=b=c'.rpartition('=') }}{{ 'a\\nb\\r\\nc'.splitlines() }}{{ 'ab'.ljust(4) }}|{{ 'ab'.center(5, '*') }}{{ '7'.zfill(3) }}{{ 'Ab'.swapcase() }}{{ 'ab1'.isalnum() }}{{ 'pre-x'.removeprefix('pre-') }}{{ '12'.isdigit() }}{{ 'AB'.isupper() }}",
    "{{ {'a': 1}.get('a') }}{{ {'a': 1}.get('b') }}{{ {'a': 1}.get('b', 2) }}{{ {'a': 1}.keys() }}{{ {'a': 1}.values() | list }}{{ {'a': 1}.items() }}{{ {'a': 1} | items | list }}{{ {'b': 1, 'a': 2} | dictsort }}{{ {'a': 1} | length }}",
    "{{ 1 is number }}{{ 1.0 is integer }}{{ true is integer }}{{ true is number }}{{ 'a' is string }}{{ [] is iterable }}{{ {} is mapping }}{{ {} is sequence }}{{ 'a' is sequence }}{{ none is none }}{{ 1 is odd }}{{ 4 is divisibleby 2 }}{{ 1 is eq 1 }}{{ 1 is not eq 2 }}{{ 'a' is in 'abc' }}{{ true is true }}{{ 1 is true }}{{ 'A' is upper }}{{ range is callable }}{{ 1 is sameas 1.0 }}{{ 1.5 is float }}{{ false is boolean }}",
    "{{ range(3) | list }}{{ range(1, 4) | list }}{{ range(5, 0, -2) | list }}{{ range(3) }}{{ dict(a=1) }}{{ range(10)[2:4] | list }}",
    "{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}",
    "{% filter upper | trim %} ab {% endfilter %}",
    "{{ raise_exception('no') }}",
    "{{ strftime_now('%Y-%m-%d') }}",
    "{% generation %}a{% set x = 1 %}{% endgeneration %}{{ x }}",
    "{{ [] }}{{ {} }}{{ () }}{{ [[]] }}{{ (1, 2) }}{{ {'a': 'b\\'c'} }}{{ ['\"', \"'\", '\\'\"', '\\n', '\\x00', 'é', '\\u200b', '\\xa0'] }}",
    "{{ [1,2] + [3] }}{{ 'a' * 3 }}{{ [0] * 2 }}{{ 'a' + 'b' }}{{ (1,) + (2,) }}{{ true + 1 }}{{ 1 + 1.0 }}",
    "{{ 'a' + 1 }}", "{{ 1 + none }}", "{{ [].append(1) }}", "{{ ''.__class__ }}", "{{ 1 / 0 }}", "{{ none.x }}", "{{ none.x.y }}", "{{ 5.foo }}",
    "{% unknown %}", "{% if %}{% endif %}", "{% for x in %}{% endfor %}", "{{ 1 +", "{% if true %}", "{{ a b }}", "{{ 'a' | nofilter }}", "{{ 1 is notest }}", "{% endif %}", "{# open", "{{ (1 }}", "{% set 1 = 2 %}",
    "{% set x = [1,2] | map('string') %}{{ x | list }}{{ x | list }}{% if x %}t{% endif %}",
    "{{ messages[0].content }}{{ messages[5] is defined }}{{ messages | length }}",
    "{{ a.b.c if a is defined and a.b is defined else 'no' }}",
    "{{ 1 == 1.0 }}{{ 1 == true }}{{ 'a' == none }}{{ [1] == [1.0] }}{{ {'a': 1} == {'a': 1} }}{{ (1,) == [1] }}{{ none == none }}{{ x == y }}",
    "{{ 'b' > 'a' }}{{ [1, 2] < [1, 3] }}{{ 1 < 'a' }}",
    "{{ (1, 2) | tojson }}{{ {1: 2, none: 3, true: 4, 1.5: 0} | tojson }}{{ {1: 2, '1': 3} }}",
    "{{ 'x' | safe }}{{ 'ab' | list }}{{ {'a': 1} | list }}{{ [1, 2] | string }}{{ 5 | string | length }}{{ [1, 2, 3] | batch(2) | list }}",
    "{{ ('a' 'b') }}{{ 1_000 }}{{ 1.5e3 }}{{ 'a'.upper().lower() }}{{ ('a' ~ 'b').upper() }}{{ -1 | abs }}{{ [1, 2, ] }}{{ {'a': 1, } }}",
    "{{ 'a' is defined and 'b' or 'c' }}{{ 0 or 'd' }}{{ '' and 1 }}|{{ not '' }}{{ not not 1 }}",
    "{%- set x = {'a': [1, {'b': 'c'}]} -%}{{ x['a'][1]['b'] }}{{ x.a[1].b }}{{ x.a.1.b }}",
]

NAMES = {
    "n": 3,
    "m": -2,
    "f": 2.5,
    "s": "Hello Wörld",
    "t": " a,b\n",
    "e": "",
    "l": [3, 1, 2],
    "w": ["b", "a", "C"],
    "d": {"k": 1, "a b": "x", "z": None},
    "o": None,
    "y": True,
    "r": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo", "x": 1}],
}
FILTERS = [
    "trim", "upper", "lower", "length", "first", "last", "list", "string", "int", "float", "tojson", "capitalize", "title",
    "join(',')", "join", "default('z')", "default('z', true)", "replace('a', 'b')", "reverse | list", "sort", "unique | list",
    "abs", "min", "max", "sum", "items | list", "map('string') | list", "select | list", "select('string') | list", "indent(2)",
    "tojson(indent=1)", "selectattr('role', 'eq', 'user') | list", "map(attribute='role') | list", "dictsort", "round(1)",
]
METHODS = [
    "strip()", "upper()", "split()", "split(',')", "startswith('H')", "replace('l', 'L')", "items() | list", "keys() | list",
    "get('k')", "get('q', 5)", "title()", "lstrip('H')", "rstrip()", "splitlines()", "count('l')", "find('o')", "values() | list",
    "rsplit(',', 1)", "capitalize()", "center(15, '.')", "isalpha()", "index('a')", "partition('o')",
]
TESTS = [
    "defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer", "float", "boolean", "true",
    "false", "odd", "even", "eq 3", "in [3, 'a']", "not none", "not string", "lower", "upper", "ge 2", "divisibleby 2", "callable",
]
BINARY = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
ATOMS = ["0", "1", "2", "-1", "3.5", "0.1", "'a'", "'a,b'", "''", "none", "true", "false", "[1, 'a']", "(1, 2)", "{'k': 2}", "missing"]


def draw_expression(draw, depth):
    if depth == 0 or draw.random() < 0.15:
        return draw.choice(ATOMS + list(NAMES) * 2)
    one = lambda: draw_expression(draw, depth - 1)
    kind = draw.randrange(10)
    if kind < 3:
        return f"({one()} {draw.choice(BINARY)} {one()})" if draw.random() < 0.7 else f"{one()} {draw.choice(BINARY)} {one()}"
    if kind == 3:
        return f"({one()}) | {draw.choice(FILTERS)}"
    if kind == 4:
        return f"({one()}).{draw.choice(METHODS)}"
    if kind == 5:
        return f"({one()}) is {draw.choice(TESTS)}"
    if kind == 6:
        return f"({one()})[{one()}]" if draw.random() < 0.5 else f"({one()})[{draw.choice(['', '1', '-2', 'n'])}:{draw.choice(['', '2', '-1'])}:{draw.choice(['1', '-1', '2', '-2'])}]"
    if kind == 7:
        return f"({one()} if {one()} else {one()})"
    if kind == 8:
        return f"{draw.choice(['not ', '-', '+'])}({one()})"
    return draw.choice([f"[{one()}, {one()}]", f"{{'a': {one()}}}", f"({one()},)", f"({one()}).{draw.choice(['k', 'role', 'x'])}"])


def fixed():
    given = {"messages": [{"content": "x"}], "a": {"b": {"c": 1}}}
    return [(f"fixed {number}", template, given) for number, template in enumerate(FIXED)]


def drawn(draw, count):
    cases = []
    for number in range(count):
        text = draw_expression(draw, draw.randrange(1, 4))
        cases.append((f"drawn {number}", "{{ " + text + " }}", NAMES))
    return cases


# Whole numbers here have 64 bits, and some of Python's forms are refused.
REFUSALS = [
    "of more than 64 bits", "a number that is too large", "is too large", "is not known", "can't be printed", "is not for templates",
    "is no real number", "can't be a key", "has no slices",
]


def may_refuse(error):
    return any(refusal in error for refusal in REFUSALS)
