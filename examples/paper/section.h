#pragma once
#include <string>
#include <vector>

#include "../../nn/io/json.h"
#include "figure.h"
#include "statistics.h"

namespace adora::reproduce {

/// A table of texts, the first column to the left.
struct TextTable {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

enum class Verdict { supported, contradicted, undecided };
/// "supported", "contradicted" or "not decided".
const char* name(Verdict verdict);

/// A claim of the paper beside the result of this reproduction.
struct Claim {
  std::string statement;
  std::string paper;  ///< its figures, and where they stand
  std::string here;
  Verdict verdict;
};

/// That a quantity is above zero: supported where its 95 % interval lies above, contradicted where it lies below. Fewer
/// than three values decide nothing.
Verdict above_zero(const Estimate& quantity);

/// The report's section on an experiment.
struct Section {
  std::string name, title, subject;
  std::vector<TextTable> tables;
  std::vector<Figure> figures;
  std::vector<Claim> claims;
};

/// Tables and claims for a terminal.
std::string section_text(const Section& section);
/// All of it for a page, under a heading of its own.
std::string section_html(const Section& section);
Json section_json(const Section& section);
/// The claims of all sections in one table.
std::string claims_html(const std::vector<Section>& sections);

}  // namespace adora::reproduce
