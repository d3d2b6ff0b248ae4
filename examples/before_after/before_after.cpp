#include "before_after.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "../../core/error.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../nn/adapters/peft_folder.h"
#include "../../nn/io/file.h"
#include "../../nn/io/json_file.h"
#include "../common/table.h"
#include "../finetune/output_folder.h"
#include "../finetune/run.h"
#include "../finetune/wording.h"
#include "questions.h"

namespace adora::before_after {
namespace {

using finetune::MethodReport;
using finetune::Settings;

/// Where no questions are given, one record of so many is asked for in place of being learned from, up to a number.
constexpr std::size_t held_out_of = 10, most_held_out = 40;

/// A model as it was asked.
struct Row {
  std::string label;
  Outcome outcome;
  MethodReport report = {};
};

Settings settings_of(const Comparison& c, const std::string& method) {
  std::vector<std::string> arguments = {"--model=" + c.model,
                                        "--data=" + c.data,
                                        "--method=" + method,
                                        fmt::format("--rank={}", c.rank),
                                        fmt::format("--alpha={}", 2 * c.rank),
                                        "--dropout=0",
                                        fmt::format("--lr={}", c.lr),
                                        "--warmup-steps=10",
                                        fmt::format("--epochs={}", c.epochs),
                                        fmt::format("--batch-size={}", c.batch_size),
                                        fmt::format("--cutoff-len={}", c.cutoff_len),
                                        fmt::format("--seed={}", c.seed),
                                        "--output=" + c.output + "/" + method};
  if (!c.chat_template.empty()) arguments.push_back("--chat-template=" + c.chat_template);
  for (std::string& argument : c.machine.arguments()) arguments.push_back(std::move(argument));
  return *finetune::parse_settings(arguments);
}

/// Takes some records out, evenly.
Records hold_out(Records& records, const std::string& path) {
  Records learned, asked;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const bool ask = i % held_out_of == held_out_of / 2 && asked.size() < most_held_out;
    (ask ? asked : learned).push_back(std::move(records[i]));
  }
  check(!asked.empty() && !learned.empty(),
        "--data {}: has too few records to keep some for questions; give --questions", path);
  records = std::move(learned);
  return asked;
}

void print_answers(const std::vector<Row>& rows, const std::vector<Question>& questions, std::int64_t show) {
  std::size_t widest = 5;
  for (const Row& row : rows) widest = std::max(widest, row.label.size());
  const std::size_t count = std::min(questions.size(), static_cast<std::size_t>(show));
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t i = k * questions.size() / count;
    fmt::print("\n{}\n", printable(questions[i].asked));
    fmt::print("  {:<{}}  {}\n", "right", widest, printable(questions[i].answer));
    for (const Row& row : rows) fmt::print("  {:<{}}  {}\n", row.label, widest, printable(row.outcome.answers[i]));
  }
}

void print_table(const std::vector<Row>& rows) {
  programs::Table table({"", "Params %", "loss", "perplexity", "right %", "time", "MiB"});
  for (const Row& row : rows) {
    const bool trained = row.report.trainable_parameters > 0;
    const auto seconds = std::llround(row.report.seconds);
    table.add({row.label, trained ? fmt::format("{:.2f}", row.report.trainable_percent()) : "",
               fmt::format("{:.3f}", row.outcome.loss), fmt::format("{:.2f}", std::exp(row.outcome.loss)),
               fmt::format("{:.1f}", 100 * row.outcome.right),
               trained ? fmt::format("{}:{:02}", seconds / 60, seconds % 60) : "",
               trained ? fmt::format("{}", row.report.peak_memory_bytes >> 20) : ""});
  }
  fmt::print("\n{}\n", table.text());
}

Json answers_json(const std::vector<Row>& rows, const std::vector<Question>& questions) {
  Json::Array list;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    Json::Object one = {{"question", questions[i].asked}, {"right", questions[i].answer}};
    for (const Row& row : rows) one[row.label] = row.outcome.answers[i];
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace

void compare(const Comparison& c) {
  for (const std::string& method : c.methods)
    check(method != "full", "--method full: only adapters are compared; finetune trains in full");
  finetune::check_room(c.output, file_exists(c.output + "/answers.json"), c.overwrite);
  const auto source = finetune::open_model(c.model);
  // Before any work: this refuses what finetune does not take.
  std::vector<Settings> settings;
  for (const std::string& method : c.methods) settings.push_back(settings_of(c, method));
  const Tokenizer& tokenizer = source->tokenizer();
  finetune::TrainingData data;
  data.wording = finetune::wording_of("", c.chat_template, *source);
  Records records = read_records(c.data);
  const bool own = c.questions.empty();
  const Records asked = own ? hold_out(records, c.data) : read_records(c.questions);
  DocumentOptions options{.cutoff_len = static_cast<std::size_t>(c.cutoff_len), .source = c.data};
  Documents documents = make_documents(records, tokenizer, data.wording, options);
  if (documents.left_out > 0)
    data.notes.push_back(fmt::format("note: {} of {} documents have no token to predict within {} and are left out",
                                     documents.left_out, records.size(), c.cutoff_len));
  data.documents = std::move(documents.list);
  check(!data.documents.empty(), "--data {}: has nothing to learn from within {} tokens", c.data, c.cutoff_len);
  options.train_on_inputs = false;
  options.source = own ? c.data : c.questions;
  const std::vector<Question> questions = questions_of(asked, data.wording, tokenizer, options);
  const finetune::OutputFolder folder(c.output);

  std::vector<Row> rows;
  {
    const auto model = source->load(c.machine.weights());
    rows.push_back({"before", ask(*model, tokenizer, questions)});
  }
  finetune::Report report{.title = "Before and after fine-tuning",
                          .subject = fmt::format("{} documents, {} questions", data.documents.size(), questions.size()),
                          .runs = {},
                          .chance = {}};
  for (const std::string& note : data.notes) fmt::print(stderr, "{}\n", note);
  data.notes.clear();  // each run would print them anew
  for (const Settings& one : settings) {
    const finetune::OutputFolder own_folder(one.output);
    MethodReport run = finetune::run_method(one, one.methods.front(), *source, data, one.output);
    const auto model = source->load(c.machine.weights());
    load_adapter(*model, one.output);
    if (c.machine.weights().dtype == float32) merge_adapters(*model);
    rows.push_back({run.label, ask(*model, tokenizer, questions), run});
    report.runs.push_back(std::move(run));
    write_report(c.output, report);
    write_json_file(c.output + "/answers.json", answers_json(rows, questions));
  }
  print_answers(rows, questions, c.show);
  print_table(rows);
  fmt::print("{0}/answers.json has all {1} questions, {0}/report.html the loss curves\n", printable(c.output),
             questions.size());
}

}  // namespace adora::before_after
