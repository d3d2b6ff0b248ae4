#include "section.h"

#include <fmt/core.h>

#include "../common/html.h"
#include "../common/table.h"

namespace adora::reproduce {

namespace {

using programs::html_text;

std::string row_html(const std::vector<std::string>& cells, const char* tag) {
  std::string text = "<tr>";
  for (const std::string& cell : cells) text += fmt::format("<{}>{}</{:.2}>", tag, html_text(cell), tag);
  return text + "</tr>\n";
}

std::string table_html(const TextTable& table, const char* style = "") {
  std::string text = table.title.empty() ? "" : fmt::format("<h3>{}</h3>\n", html_text(table.title));
  text += fmt::format("<div class=\"wide\" tabindex=\"0\"><table{}>\n{}", style,
                      row_html(table.header, "th scope=\"col\""));
  for (const auto& row : table.rows) text += row_html(row, "td");
  return text + "</table></div>\n";
}

TextTable claims_table(const std::vector<Claim>& claims) {
  TextTable table{"", {"The paper's claim", "in the paper", "here", "this run"}, {}};
  for (const Claim& claim : claims)
    table.rows.push_back({claim.statement, claim.paper, claim.here, name(claim.verdict)});
  return table;
}

Json texts(const std::vector<std::string>& list) { return Json::Array(list.begin(), list.end()); }

}  // namespace

const char* name(Verdict verdict) {
  switch (verdict) {
    case Verdict::supported: return "supported";
    case Verdict::contradicted: return "contradicted";
    case Verdict::undecided: break;
  }
  return "not decided";
}

Verdict above_zero(const Estimate& quantity) {
  if (quantity.n < 3) return Verdict::undecided;
  if (quantity.low > 0) return Verdict::supported;
  return quantity.high < 0 ? Verdict::contradicted : Verdict::undecided;
}

std::string section_text(const Section& section) {
  std::string text = fmt::format("{}\n{}\n", section.title, section.subject);
  for (const TextTable& table : section.tables) {
    programs::Table drawn(table.header);
    for (const auto& row : table.rows) drawn.add(row);
    text += fmt::format("\n{}{}", table.title.empty() ? "" : table.title + "\n\n", drawn.text());
  }
  for (const Claim& claim : section.claims)
    text += fmt::format("\n{}: {}\n  in the paper: {}\n  here: {}\n", name(claim.verdict), claim.statement, claim.paper,
                        claim.here);
  return text;
}

std::string section_html(const Section& section) {
  std::string text = fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n<p>{}</p>\n", html_text(section.name),
                                 html_text(section.title), html_text(section.subject));
  for (const TextTable& table : section.tables) text += table_html(table);
  if (!section.figures.empty()) {
    text += "<div class=\"figures\">\n";
    for (const Figure& figure : section.figures) text += figure_html(figure);
    text += "</div>\n";
  }
  if (!section.claims.empty()) text += table_html(claims_table(section.claims), " class=\"text\"");
  return text + "</section>\n";
}

Json section_json(const Section& section) {
  Json::Array tables, claims;
  for (const TextTable& table : section.tables) {
    Json::Array rows;
    for (const auto& row : table.rows) rows.push_back(texts(row));
    tables.push_back(Json::Object{{"title", table.title}, {"header", texts(table.header)}, {"rows", std::move(rows)}});
  }
  for (const Claim& claim : section.claims)
    claims.push_back(Json::Object{{"statement", claim.statement},
                                  {"paper", claim.paper},
                                  {"here", claim.here},
                                  {"verdict", name(claim.verdict)}});
  return Json::Object{{"title", section.title},
                      {"subject", section.subject},
                      {"tables", std::move(tables)},
                      {"claims", std::move(claims)}};
}

std::string claims_html(const std::vector<Section>& sections) {
  std::vector<Claim> claims;
  for (const Section& section : sections) claims.insert(claims.end(), section.claims.begin(), section.claims.end());
  return claims.empty() ? "" : "<h2>The paper's claims</h2>\n" + table_html(claims_table(claims), " class=\"text\"");
}

}  // namespace adora::reproduce
