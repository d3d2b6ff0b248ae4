#include "html.h"

#include <fmt/core.h>

namespace adora::programs {

namespace {

// Colors to be read on light ground and on dark.
constexpr const char* style = R"(
:root { color-scheme: light dark; --ground: #ffffff; --text: #1f2328; --faint: #6e7781; --line: #d8dee4;
  --c0: #0969da; --c1: #bf3989; --c2: #1a7f37; --c3: #bc4c00; --c4: #8250df; --c5: #57606a; --c6: #9a6700; --c7: #0a7ea4; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --text: #e6edf3; --faint: #8b949e; --line: #30363d;
  --c0: #58a6ff; --c1: #ff7bc2; --c2: #56d364; --c3: #ffa657; --c4: #bc8cff; --c5: #b1bac4; --c6: #e3b341; --c7: #39c5cf; } }
body { background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } p { color: var(--faint); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
div.wide { overflow-x: auto; }
div.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 1.5rem; }
figure { margin: 0; max-width: 38rem; } figcaption { color: var(--faint); font-size: 13px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } th { color: var(--faint); font-weight: 600; }
table.text td { white-space: normal; text-align: left; vertical-align: top; } table.text th { text-align: left; }
td.best { font-weight: 700; }
svg { width: 100%; height: auto; } svg.key { width: 1em; height: 1em; margin-right: .4em; vertical-align: -.1em; } svg text { fill: var(--faint); font-size: 12px; }
svg .grid { stroke: var(--line); } svg path { fill: none; stroke-width: 1.8; }
svg path.raw { stroke-width: 1; opacity: .25; }
span.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; }
ul.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; }
)";

}  // namespace

std::string html_text(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += c;
    }
  }
  return result;
}

std::string html_page(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      html_text(title), style, body);
}

}  // namespace adora::programs
