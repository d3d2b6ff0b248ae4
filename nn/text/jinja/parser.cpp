#include "parser.h"

#include <map>

#include "../../../core/error.h"
#include "access.h"
#include "namespace.h"
#include "represent.h"

namespace adora::jinja {
namespace {

using Tag = StatementPtr (*)(Parser&);

std::map<std::string, Tag, std::less<>>& tags() {
  static std::map<std::string, Tag, std::less<>> all;
  return all;
}

class Data final : public Statement {
 public:
  explicit Data(std::string text) : text_(std::move(text)) {}
  Flow run(Run& run) const override { return run.write(text_), Flow::next; }

 private:
  std::string text_;
};

class Print final : public Statement {
 public:
  explicit Print(ExpressionPtr value) : value_(std::move(value)) {}
  Flow run(Run& run) const override {
    const Value value = value_->evaluate(run);
    run.line = value_->line();
    run.write(to_text(run, value));
    return Flow::next;
  }

 private:
  ExpressionPtr value_;
};

class NameTarget final : public Target {
 public:
  explicit NameTarget(std::string name) : name_(std::move(name)) {}
  void assign(Run& run, const Value& value) const override { run.set(name_, value); }

 private:
  std::string name_;
};

class AttributeTarget final : public Target {
 public:
  AttributeTarget(std::string name, std::string attribute) : name_(std::move(name)), attribute_(std::move(attribute)) {}
  void assign(Run& run, const Value& value) const override { set_attribute(run, run.find(name_), attribute_, value); }

 private:
  std::string name_, attribute_;
};

class TupleTarget final : public Target {
 public:
  explicit TupleTarget(std::vector<TargetPtr> parts) : parts_(std::move(parts)) {}
  void assign(Run& run, const Value& value) const override {
    const auto values = iterate(run, value);
    check(values->size() == parts_.size(), "{} values can't be given to {} names", values->size(), parts_.size());
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i]->assign(run, (*values)[i]);
  }

 private:
  std::vector<TargetPtr> parts_;
};

bool is_one_of(const Token& token, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (token.kind == Token::name && token.value == name) return true;
  return false;
}

}  // namespace

RegisterTag::RegisterTag(const char* name, StatementPtr (*parse)(Parser& parser)) { tags()[name] = parse; }

Flow run_all(const Statements& statements, Run& run) {
  Level level(run);
  for (const StatementPtr& one : statements) {
    run.spend(1);
    if (const Flow flow = one->run(run); flow != Flow::next) return flow;
  }
  return Flow::next;
}

void Parser::refuse(const std::string& what) const { fail("line {}: {}", line(), what); }

bool Parser::take(std::string_view wanted) {
  if (!look().is(wanted)) return false;
  ++at_;
  return true;
}

void Parser::expect(std::string_view wanted) {
  if (!take(wanted)) refuse(fmt::format("expected \"{}\", not {}", wanted, describe(look())));
}

void Parser::expect_end_of_tag() {
  if (look().kind != Token::end_tag) refuse(fmt::format("expected the end of the tag, not {}", describe(look())));
  ++at_;
}

std::string Parser::name(std::string_view what) {
  if (look().kind != Token::name) refuse(fmt::format("expected {}, not {}", what, describe(look())));
  return tokens_[at_++].value;
}

Statements Parser::parse() {
  Statements all = until({});
  if (look().kind != Token::end) refuse(fmt::format("unexpected {}", describe(look())));
  return all;
}

Statements Parser::body(std::initializer_list<std::string_view> ends) {
  const int opened = line();
  expect_end_of_tag();
  Statements all = until(ends);
  if (look().kind == Token::end) {
    std::string wanted;
    for (const std::string_view name : ends) wanted.append(wanted.empty() ? "" : " or ").append(name);
    fail("line {}: the tag is never ended: {} is missing", opened, wanted);
  }
  ++at_;
  ended_by_ = name("a tag's name");
  return all;
}

Statements Parser::until(std::initializer_list<std::string_view> ends) {
  Deeper deeper(*this);
  Statements all;
  while (look().kind != Token::end) {
    if (look().kind == Token::data) {
      all.push_back(std::make_unique<Data>(look().value));
      ++at_;
    } else if (look().kind == Token::begin_value) {
      ++at_;
      all.push_back(std::make_unique<Print>(tuple()));
      if (look().kind != Token::end_value) refuse(fmt::format("expected }}}}, not {}", describe(look())));
      ++at_;
    } else {
      if (is_one_of(look(1), ends)) break;
      ++at_;
      if (StatementPtr statement = tag()) all.push_back(std::move(statement));
    }
  }
  return all;
}

StatementPtr Parser::tag() {
  if (look().kind != Token::name) refuse(fmt::format("expected a tag's name, not {}", describe(look())));
  const auto found = tags().find(look().value);
  if (found == tags().end()) {
    std::string known;
    for (const auto& [name, parse] : tags()) known.append(known.empty() ? "" : ", ").append(name);
    refuse(fmt::format("the tag {} is not known, or stands where it can't; those that are known: {}", look().value,
                       known));
  }
  ++at_;
  StatementPtr statement = found->second(*this);
  expect_end_of_tag();
  return statement;
}

TargetPtr Parser::target(bool with_attributes) {
  std::vector<TargetPtr> parts;
  bool is_tuple = false;
  do {
    if (!parts.empty() && (look().is("in") || look().is("=") || look().kind == Token::end_tag)) break;
    parts.push_back(one_target(with_attributes));
    is_tuple = is_tuple || look().is(",");
  } while (take(","));
  if (!is_tuple) return std::move(parts.front());
  return std::make_unique<TupleTarget>(std::move(parts));
}

TargetPtr Parser::one_target(bool with_attributes) {
  Deeper deeper(*this);
  if (take("(")) {
    TargetPtr inner = target(with_attributes);
    expect(")");
    return inner;
  }
  const std::string first = name("a name to set");
  for (const char* reserved : {"true", "false", "none", "True", "False", "None", "loop"})
    if (first == reserved) refuse(fmt::format("{} can't be set", first));
  if (with_attributes && take(".")) return std::make_unique<AttributeTarget>(first, name("an attribute"));
  return std::make_unique<NameTarget>(first);
}

std::vector<Parameter> Parser::parameters() {
  std::vector<Parameter> all;
  expect("(");
  while (!take(")")) {
    if (!all.empty()) expect(",");
    if (!all.empty() && take(")")) break;
    all.push_back({name("a parameter's name"), nullptr});
    if (take("=")) all.back().otherwise = expression();
    else if (all.size() > 1 && all[all.size() - 2].otherwise)
      refuse("a parameter without a default stands after one with");
  }
  return all;
}

}  // namespace adora::jinja
