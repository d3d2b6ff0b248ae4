// Texts as the numbers of their tokens, and back; chats as the texts that a model reads.
#include <fmt/core.h>

#include <charconv>
#include <iostream>

#include "../../core/error.h"
#include "../../nn/io/json.h"
#include "../../nn/text/chat_template.h"
#include "../../nn/text/tokenizer.h"
#include "../common/options.h"
#include "../common/program.h"

using namespace adora;

namespace {

struct Settings {
  std::string model;
  bool decode = false, skip_special = false, chat = false;
};

bool parse(const std::vector<std::string>& arguments, Settings& s) {
  programs::Options options("tokenize",
                            "reads texts, a JSON string a line, and writes the numbers of their tokens, BOS included");
  options.text("--model", s.model, "DIR", "a folder with a tokenizer, or its file");
  options.flag("--decode", s.decode, "reads lines of numbers and writes the texts");
  options.flag("--skip-special-tokens", s.skip_special, "leave BOS, EOS and other special tokens out of the texts");
  options.flag(
      "--chat", s.chat,
      "reads chats, {\"messages\": [...], \"add_generation_prompt\": true} a line, and writes each as the text "
      "that the folder's chat template makes, a JSON string");
  if (!options.parse(arguments)) return false;
  check(!s.model.empty(), "--model is missing; it names a folder with a tokenizer");
  check(!s.chat || !s.decode, "--chat and --decode: one at a time");
  check(!s.skip_special || s.decode, "--skip-special-tokens: goes with --decode");
  return true;
}

/// "1 14 159"
std::vector<std::int64_t> read_ids(std::string_view line, const std::string& where) {
  std::vector<std::int64_t> ids;
  for (const char *at = line.data(), *end = at + line.size();;) {
    while (at != end && (*at == ' ' || *at == '\r')) ++at;
    if (at == end) return ids;
    const auto [next, error] = std::from_chars(at, end, ids.emplace_back());
    check(error == std::errc() && (next == end || *next == ' ' || *next == '\r'),
          "{}: must have numbers with spaces between, not {}", where, shortened(line, 40));
    at = next;
  }
}

std::string encoded(const Tokenizer& tokenizer, const std::string& line, const std::string& where) {
  const Json json = Json::parse(line, where);
  const auto* text = json.get<std::string>();
  check(text != nullptr, "{}: must be a JSON string", where);
  std::string result;
  const auto add = [&](std::int64_t id) { result.append(result.empty() ? "" : " ").append(std::to_string(id)); };
  if (const auto bos = tokenizer.bos()) add(*bos);
  for (const std::int64_t id : tokenizer.encode(*text)) add(id);
  return result;
}

void write_chats(const std::string& model) {
  const ChatTemplate chat = ChatTemplate::load(model);
  std::int64_t number = 0;
  for (std::string line; std::getline(std::cin, line);)
    fmt::print("{}\n", chat_line(chat, line, fmt::format("standard input, line {}", ++number)));
}

int body(const std::vector<std::string>& arguments) {
  Settings s;
  if (!parse(arguments, s)) return 0;
  if (s.chat) {
    write_chats(s.model);
    return 0;
  }
  const auto tokenizer = Tokenizer::load(s.model);
  std::int64_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string where = fmt::format("standard input, line {}", ++number);
    if (s.decode) {
      const auto ids = read_ids(line, where);
      fmt::print("{}\n",
                 Json(s.skip_special ? tokenizer->decode(ids) : tokenizer->decode_with_special_tokens(ids)).dump(-1));
    } else {
      fmt::print("{}\n", encoded(*tokenizer, line, where));
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return programs::run_program("tokenize", argc, argv, body); }
