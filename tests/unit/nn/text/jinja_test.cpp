// Templates of the Jinja language. What they give was made by Python's jinja2 3.1.6 with the settings of transformers;
// tests/chat/check.py compares many more.
#include "../../../../nn/text/jinja/template.h"

#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

std::string rendered(const std::string& source, const std::string& given = "{}") {
  return jinja::Template(source, "t").render(*jinja::parse_value(given, "given").mapping(), std::time_t{86400}).text;
}

std::string refused(const std::string& source, const std::string& given = "{}") {
  return error_of([&] { rendered(source, given); });
}

std::string nested(const std::string& open, const std::string& inner, const std::string& close, int count) {
  std::string text = inner;
  for (int i = 0; i < count; ++i) text.insert(0, open).append(close);
  return text;
}

}  // namespace

TEST_CASE("white space around tags goes as trim_blocks, lstrip_blocks and the signs say") {
  CHECK(rendered("  {% if true %}\n  x\n  {% endif %}\n") == "  x\n");
  CHECK(rendered("  {%+ if true %}\n  x\n  {%+ endif %}\n") == "    x\n  ");
  CHECK(rendered("{% if true +%}\n  x{% endif %}") == "\n  x");
  CHECK(rendered("a \n {%- if true -%} \n b \n {%- endif %}\n\nc\n") == "ab\nc");
  CHECK(rendered("{# a #}\nb{#- c -#}\n\n d {#+ e +#}\n") == "bd ");
  CHECK(rendered("x {{- 1 -}} y {{ 2 }}\n") == "x1y 2");
  CHECK(rendered("{%- raw -%}\n  {{ a }}  {%- endraw -%}\n!") == "{{ a }}!");
  CHECK(rendered("a\r\nb\rc\r\n") == "a\nb\nc");
}

TEST_CASE("values print as Python's str has them") {
  CHECK(rendered("{{ [1, 2.0, 'a', none, true, {'k': (1,)}, ()] }}") == "[1, 2.0, 'a', None, True, {'k': (1,)}, ()]");
  CHECK(rendered("{{ 1e100 }} {{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1/3 }} {{ 10/2 }}") ==
        "1e+100 1e+16 1000000000000000.0 0.0001 1e-05 0.3333333333333333 5.0");
  CHECK(rendered("{{ 7//2 }} {{ -7//2 }} {{ -7 % 3 }} {{ 7.5 // 2 }} {{ 2**10 }} {{ 2**-1 }} {{ -2**2 }}") ==
        "3 -4 2 3.0 1024 0.5 4");
  CHECK(rendered("{{ ['\"', \"'\", '\\'\"', '\\n', '\\x00', 'é', '\\u200b'] }}") ==
        R"(['"', "'", '\'"', '\n', '\x00', 'é', '\u200b'])");
  CHECK(rendered("{{ 'a' ~ 1 ~ none ~ true ~ 1.0 ~ [1] ~ nothing }}") == "a1NoneTrue1.0[1]");
}

TEST_CASE("expressions have Jinja's precedence and Python's meaning") {
  CHECK(rendered(
            "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 not in [2] }} {{ not 1 == 2 }} {{ 0 or 'd' }} {{ 'a' and '' }}|") ==
        "True False True True d |");
  CHECK(rendered("{{ 1 if false }}|{{ 'x' if 1 else 'y' if 0 else 'z' }}") == "|x");
  CHECK(rendered("{{ 'äbc'[::-1] }}{{ [1,2,3][1:] }}{{ [1,2,3][:-1] }}{{ 'abc'[5:] }}{{ 'abc'[-1] }}{{ 'abc'[-5] }}") ==
        "cbä[2, 3][1, 2]c");
  CHECK(rendered("{{ x['a'][1]['b'] }}{{ x.a[1].b }}{{ x.a.1.b }}{{ x.c is defined }}",
                 R"({"x": {"a": [1, {"b": "c"}]}})") == "cccFalse");
  CHECK(rendered("{{ 1 == 1.0 }}{{ 1 == true }}{{ [1] == [1.0] }}{{ (1,) == [1] }}{{ {1: 2, '1': 3} }}") ==
        "TrueTrueTrueFalse{1: 2, '1': 3}");
  CHECK(rendered("{{ 1 is odd and 4 is divisibleby 2 and 'a' is in 'abc' and 1 is not eq 2 and 1 is number }}") ==
        "True");
}

TEST_CASE("loops know their place, and what is set in them is gone after a turn") {
  CHECK(
      rendered(
          "{% for a in [1,2,3] %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ loop.previtem }}{{ loop.nextitem }};"
          "{% endfor %}") == "1TrueFalse2;2FalseFalse13;3FalseTrue2;");
  CHECK(rendered("{% for a in [1,2,3,4] if a % 2 == 0 %}{{ a }}{{ loop.length }}{% else %}none{% endfor %}") == "2242");
  CHECK(rendered("{% for k, v in d.items() %}{{ k }}={{ v }},{% endfor %}", R"({"d": {"b": 1, "a": 2}})") ==
        "b=1,a=2,");
  CHECK(rendered("{% set x = 1 %}{% for i in [1,2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}") == "231");
  CHECK(rendered("{% set ns = namespace(x=1) %}{% for i in [1,2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}") ==
        "4");
  CHECK(rendered("{% for i in range(9) %}{% if i == 2 %}{% continue %}{% elif i == 4 %}{% break %}{% endif %}{{ i }}{% "
                 "endfor %}") == "013");
}

TEST_CASE("macros have defaults, call themselves, and take a caller") {
  CHECK(rendered("{% macro m(a, b=a) %}{{ a }}-{{ b }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=2) }}") ==
        "1-1;1-3;-2;");
  CHECK(rendered("{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}") == "543210");
  CHECK(rendered("{% macro m(x) %}[{{ caller(x) }}]{% endmacro %}{% call(y) m(3) %}<{{ y }}>{% endcall %}") == "[<3>]");
  CHECK(rendered("{% set x %}a {{ 1 }}{% endset %}[{{ x }}]{% set y | upper | trim %} ab {% endset %}[{{ y }}]") ==
        "[a 1][AB]");
}

TEST_CASE("filters and methods do what they do in Python") {
  CHECK(rendered("{{ v | tojson }}{{ v | tojson(indent=2) }}", R"({"v": {"b": 1, "a": [2.5, null, "é\n\"/<"]}})") ==
        R"({"b": 1, "a": [2.5, null, "é\n\"/<"]}{)"
        "\n  \"b\": 1,\n  \"a\": [\n    2.5,\n    null,\n    \"é\\n\\\"/<\"\n  ]\n}");
  CHECK(rendered("{{ r | selectattr('role', 'equalto', 'user') | map(attribute='n') | join(';') }}{{ r | length }}",
                 R"({"r": [{"role": "user", "n": 1}, {"role": "x", "n": 2}, {"role": "user", "n": 3}]})") == "1;33");
  CHECK(rendered("{{ ['b','A','c'] | sort }}{{ [1,1,2] | unique | list }}{{ [] | first }}{{ 'a\\nb' | indent(2) }}") ==
        "['A', 'b', 'c'][1, 2]a\n  b");
  CHECK(rendered("{{ 'a b  c '.split(none, 1) }}{{ 'a,b,,c'.split(',') }}{{ 'xxaxx'.strip('x') }}{{ 'ab'.replace('', "
                 "'-') }}") == "['a', 'b  c ']['a', 'b', '', 'c']a-a-b-");
  CHECK(
      rendered(
          "{{ \"it's\".title() }}{{ 'hello world' | title }}{{ 'Füße' | upper }}{{ 2.5 | round }}{{ '4.7' | int }}") ==
      "It'SHello WorldFÜSSE2.04");
  CHECK(rendered("{{ nothing | default('d') }}{{ '' | default('f', true) }}{{ {'a': 1}.get('b', 2) }}") == "df2");
}

TEST_CASE("what a model said is marked, unless its place is not known") {
  const auto made = [](const std::string& source) { return jinja::Template(source, "t").render({}); };
  const auto marked = made("é{% for i in [1, 2] %}{% generation %}ab{% endgeneration %};{% endfor %}");
  CHECK(marked.text == "éab;ab;");
  CHECK(marked.generation == std::vector<std::pair<std::size_t, std::size_t>>{{2, 4}, {5, 7}});
  CHECK(made("{% macro m() %}{% generation %}a{% endgeneration %}{% endmacro %}{{ m() }}").generation_is_hidden);
}

TEST_CASE("the present is what the caller says") { CHECK(rendered("{{ strftime_now('%Y') }}") == "1970"); }

TEST_CASE("an error names the template, its line, and what was not understood") {
  CHECK(refused("a\n{% block x %}").starts_with("t: line 2: the tag block is not known"));
  CHECK(refused("\n\n{{ 'a' | nofilter }}")
            .starts_with("t: line 3: the filter nofilter is not known; those that are known: abs"));
  CHECK(refused("{{ 1 is notest }}").starts_with("t: line 1: the test notest is not known"));
  CHECK(refused("{% if true %}\n\n") == "t: line 1: the tag is never ended: elif or else or endif is missing");
  CHECK(refused("{{ 1 +") == "t: line 1: a tag has no end }}");
  CHECK(refused("\n{{ raise_exception('Only user and assistant!') }}") ==
        "t: line 2: the template refuses this chat: Only user and assistant!");
  CHECK(refused("{{ nothing.a }}") == "t: line 1: 'nothing' is undefined");
  CHECK(refused("\n{{ {}.a.b }}") == "t: line 2: a value of the type dict has no 'a'");
  CHECK(refused("{{ [].append(1) }}") == "t: line 1: list.append changes a list, which a template may not");
  CHECK(refused("{{ 'a'.encode() }}") == "t: line 1: str.encode is not known");
  CHECK(refused("{{ ''.__class__ }}") == "t: line 1: the attribute __class__ is not for templates");
  CHECK(refused("{{ 'a' + 1 }}") == "t: line 1: there is no + of a str and a int");
  CHECK(refused("{{ 9223372036854775807 + 1 }}") == "t: line 1: + gives a whole number of more than 64 bits");
  CHECK(refused("{{ 1 // 0 }}") == "t: line 1: // divides by zero");
  CHECK(refused("\xff") == "t: is not UTF-8 at byte 0");
}

TEST_CASE("a hostile template ends in an error before it takes all time, memory or stack") {
  const std::string loop = "{% for i in range(1000) %}", end = "{% endfor %}";
  CHECK_THAT(refused(nested(loop, "{{ i }}", end, 4)), ContainsSubstring("steps"));
  CHECK_THAT(refused("{{ range(10**12) }}"), ContainsSubstring("range gives more than 100000 numbers"));
  CHECK_THAT(refused("{{ 'a' * 10**10 }}"), ContainsSubstring("bytes is made"));
  CHECK_THAT(refused("{{ [1] * 10**10 }}"), ContainsSubstring("bytes is made"));
  CHECK_THAT(refused("{% set ns = namespace(x='ab') %}" + nested(loop, "{% set ns.x = ns.x ~ ns.x %}", end, 1)),
             ContainsSubstring("bytes is made"));
  CHECK_THAT(refused("{% set ns = namespace(x=[]) %}" + nested(loop, "{% set ns.x = [ns.x] %}", end, 1)),
             ContainsSubstring("deeper than 200"));
  CHECK_THAT(
      refused(
          "{% set ns = namespace(x=[0]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}"),
      ContainsSubstring("t: line 1"));
  CHECK_THAT(refused("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), ContainsSubstring("deeper than"));
  CHECK_THAT(refused("{{ " + nested("(", "1", ")", 100000) + " }}"), ContainsSubstring("nested deeper than 100"));
  CHECK_THAT(refused("{{ " + nested("[", "1", "]", 100000) + " }}"), ContainsSubstring("nested deeper than 100"));
  CHECK_THAT(refused("{{ " + nested("not ", "1", "", 100000) + " }}"), ContainsSubstring("nested deeper than 100"));
  CHECK_THAT(refused("{{ " + nested("1 + ", "1", "", 100000) + " }}"), ContainsSubstring("in a row"));
  CHECK_THAT(refused("{{ " + nested("", "x", ".a", 100000) + " }}"), ContainsSubstring("in a row"));
  CHECK_THAT(refused("{{ x" + nested("", "", " | trim", 100000) + " }}"), ContainsSubstring("in a row"));
  CHECK_THAT(refused(nested("{% if 1 %}", "", "{% endif %}", 40000)), ContainsSubstring("nested deeper than 100"));
  CHECK_THAT(refused(std::string((1 << 20) + 1, 'a')), ContainsSubstring("more than 1048576 bytes"));
  CHECK_THAT(refused("{{ '%99999999d' % 1 }}"), ContainsSubstring("width or precision"));
  CHECK_THAT(refused("{{ 'a' | indent(10**12) }}"), ContainsSubstring("bytes is made"));
  CHECK_THAT(refused("{{ 'a'.center(10**12) }}"), ContainsSubstring("bytes is made"));
  // Namespaces and macros that hold themselves or each other in long chains.
  CHECK_THAT(refused("{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}"), ContainsSubstring("deeper than"));
  CHECK(rendered("{% set ns = namespace() %}{% for i in range(20000) %}{% set m = namespace(x=ns.x) %}{% set ns.x = m "
                 "%}{% endfor %}") == "");
  CHECK(rendered(
            "{% set ns = namespace() %}{% for i in range(20000) %}{% set before = ns.f %}{% macro f() %}{% endmacro %}"
            "{% set ns.f = f %}{% endfor %}") == "");
}

TEST_CASE("damaged templates are rendered or refused") {
  const std::string valid =
      "{%- for m in messages -%}\n{% if m.role == 'user' %}{{ '<' ~ m['role'] + '>' + m.content | trim }}{% else %}"
      "{% set x = namespace(a=[1, 2][::-1]) %}{{ x.a | tojson }}{% endif %}{% endfor %}";
  const jinja::Value given =
      jinja::parse_value(R"({"messages": [{"role": "user", "content": " a "}, {"role": "b"}]})", "");
  TemporaryFolder folder;
  const int refused = read_damaged(valid, folder / "t", 1500, [&](const std::string& path) {
    jinja::Template(bytes_of(path), path).render(*given.mapping());
  });
  CHECK(refused > 200);
}
