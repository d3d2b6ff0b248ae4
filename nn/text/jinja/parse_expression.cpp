#include "../../../core/error.h"

#include "parser.h"

namespace adora::jinja {

void Parser::count_link(int& links) const {
  if (++links > 200) refuse("an expression has more than 200 parts of one kind in a row");
}

bool Parser::at_tuple_end() const {
  return look().kind == Token::end_value || look().kind == Token::end_tag || look().is(")");
}

ExpressionPtr Parser::tuple(bool with_condition) {
  const int begin = line();
  std::vector<ExpressionPtr> parts;
  bool is_tuple = false;
  do {
    if (!parts.empty() && at_tuple_end()) break;
    parts.push_back(expression(with_condition));
    is_tuple = is_tuple || look().is(",");
  } while (take(","));
  if (!is_tuple) return std::move(parts.front());
  return make_list(begin, std::move(parts), Sequence::tuple);
}

ExpressionPtr Parser::expression(bool with_condition) {
  Deeper deeper(*this);
  ExpressionPtr value = logical(true);
  for (int links = 0; with_condition && look().is("if"); count_link(links)) {
    const int begin = line();
    take("if");
    ExpressionPtr test = logical(true);
    ExpressionPtr otherwise = take("else") ? expression() : nullptr;
    value = make_condition(begin, std::move(test), std::move(value), std::move(otherwise));
  }
  return value;
}

ExpressionPtr Parser::logical(bool is_or) {
  ExpressionPtr left = is_or ? logical(false) : negation();
  for (int links = 0; look().is(is_or ? "or" : "and"); count_link(links)) {
    const int begin = line();
    ++at_;
    ExpressionPtr right = is_or ? logical(false) : negation();
    left = make_logical(begin, is_or, std::move(left), std::move(right));
  }
  return left;
}

ExpressionPtr Parser::negation() {
  const int begin = line();
  if (!take("not")) return comparison();
  Deeper deeper(*this);
  return make_not(begin, negation());
}

ExpressionPtr Parser::comparison() {
  const int begin = line();
  ExpressionPtr first = sum();
  std::vector<std::pair<std::string, ExpressionPtr>> others;
  for (;;) {
    std::string op;
    for (const char* one : {"==", "!=", "<=", ">=", "<", ">", "in"})
      if (look().is(one)) op = one;
    if (look().is("not") && look(1).is("in")) op = "not in", ++at_;
    if (op.empty()) break;
    ++at_;
    others.emplace_back(op, sum());
  }
  return others.empty() ? std::move(first) : make_comparison(begin, std::move(first), std::move(others));
}

ExpressionPtr Parser::sum() {
  ExpressionPtr left = joined();
  for (int links = 0; look().is("+") || look().is("-"); count_link(links)) {
    const Token& op = tokens_[at_++];
    ExpressionPtr right = joined();
    left = make_arithmetic(op.line, op.value, std::move(left), std::move(right));
  }
  return left;
}

ExpressionPtr Parser::joined() {
  const int begin = line();
  std::vector<ExpressionPtr> parts;
  do parts.push_back(product());
  while (take("~"));
  return parts.size() == 1 ? std::move(parts.front()) : make_joined(begin, std::move(parts));
}

ExpressionPtr Parser::product() {
  ExpressionPtr left = power();
  for (int links = 0; look().is("*") || look().is("/") || look().is("//") || look().is("%"); count_link(links)) {
    const Token& op = tokens_[at_++];
    ExpressionPtr right = power();
    left = make_arithmetic(op.line, op.value, std::move(left), std::move(right));
  }
  return left;
}

ExpressionPtr Parser::power() {
  // Jinja's ** takes the left two first, unlike Python's.
  ExpressionPtr left = signed_value();
  for (int links = 0; look().is("**"); count_link(links)) {
    const int begin = line();
    ++at_;
    ExpressionPtr right = signed_value();
    left = make_arithmetic(begin, "**", std::move(left), std::move(right));
  }
  return left;
}

ExpressionPtr Parser::signed_value(bool with_filters) {
  Deeper deeper(*this);
  const int begin = line();
  ExpressionPtr value;
  if (look().is("-") || look().is("+")) {
    const bool minus = tokens_[at_++].value == "-";
    value = make_sign(begin, minus, signed_value(false));
  } else {
    value = primary();
  }
  value = postfix(std::move(value));
  for (int links = 0; with_filters && (look().is("|") || look().is("is") || look().is("(")); count_link(links)) {
    if (look().is("|")) value = filter(std::move(value));
    else if (look().is("is")) value = test(std::move(value));
    else value = postfix(std::move(value), true);
  }
  return value;
}

ExpressionPtr Parser::primary() {
  const Token token = look();
  if (token.is("[")) return list();
  if (token.is("{")) return dict();
  ++at_;
  switch (token.kind) {
    case Token::name:
      if (token.value == "true" || token.value == "True") return make_constant(token.line, true);
      if (token.value == "false" || token.value == "False") return make_constant(token.line, false);
      if (token.value == "none" || token.value == "None") return make_constant(token.line, {});
      names.insert(token.value);
      return make_name(token.line, token.value);
    case Token::text: {
      std::string text = token.value;
      while (look().kind == Token::text) text += tokens_[at_++].value;
      return make_constant(token.line, std::move(text));
    }
    case Token::integer: return make_constant(token.line, token.whole);
    case Token::real: return make_constant(token.line, token.number);
    default: break;
  }
  if (token.is("(")) {
    if (take(")")) return make_list(token.line, {}, Sequence::tuple);
    ExpressionPtr value = tuple();
    expect(")");
    return value;
  }
  --at_;
  refuse(fmt::format("expected a value, not {}", describe(token)));
}

ExpressionPtr Parser::list() {
  const int begin = line();
  std::vector<ExpressionPtr> elements;
  expect("[");
  while (!take("]")) {
    if (!elements.empty()) expect(",");
    if (!elements.empty() && take("]")) break;
    elements.push_back(expression());
  }
  return make_list(begin, std::move(elements), Sequence::list);
}

ExpressionPtr Parser::dict() {
  const int begin = line();
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
  expect("{");
  while (!take("}")) {
    if (!entries.empty()) expect(",");
    if (!entries.empty() && take("}")) break;
    ExpressionPtr key = expression();
    expect(":");
    ExpressionPtr value = expression();
    entries.emplace_back(std::move(key), std::move(value));
  }
  return make_dict(begin, std::move(entries));
}

ExpressionPtr Parser::postfix(ExpressionPtr value, bool calls_only) {
  for (int links = 0;; count_link(links)) {
    const int begin = line();
    if (look().is("(")) {
      CallArguments arguments = call_arguments();
      value = make_call(begin, std::move(value), std::move(arguments));
      if (calls_only) return value;
    } else if (!calls_only && (look().is(".") || look().is("["))) {
      value = subscript(std::move(value));
    } else {
      return value;
    }
  }
}

ExpressionPtr Parser::subscript(ExpressionPtr value) {
  const int begin = line();
  if (take(".")) {
    if (look().kind == Token::integer)
      return make_item(begin, std::move(value), make_constant(begin, tokens_[at_++].whole));
    return make_attribute(begin, std::move(value), name("an attribute"));
  }
  expect("[");
  ExpressionPtr bounds[3];
  bool is_slice = false;
  for (std::size_t i = 0; i < 3; ++i) {
    if (!look().is(":") && !look().is("]") && !look().is(",")) bounds[i] = expression();
    else if (i == 0 && !look().is(":")) refuse(fmt::format("expected a value, not {}", describe(look())));
    if (i == 2 || !take(":")) break;
    is_slice = true;
  }
  if (!is_slice && look().is(",")) {
    std::vector<ExpressionPtr> parts;
    parts.push_back(std::move(bounds[0]));
    while (take(",") && !look().is("]")) parts.push_back(expression());
    bounds[0] = make_list(begin, std::move(parts), Sequence::tuple);
  }
  expect("]");
  if (!is_slice) return make_item(begin, std::move(value), std::move(bounds[0]));
  return make_slice(begin, std::move(value), std::move(bounds[0]), std::move(bounds[1]), std::move(bounds[2]));
}

CallArguments Parser::call_arguments() {
  Deeper deeper(*this);
  CallArguments arguments;
  expect("(");
  for (bool first = true; !take(")"); first = false) {
    if (!first) expect(",");
    if (!first && take(")")) break;
    if (take("**")) arguments.all_named = expression();
    else if (take("*")) arguments.all_positional = expression();
    else if (look().kind == Token::name && look(1).is("=")) {
      const std::string parameter = name("a parameter's name");
      expect("=");
      arguments.named.emplace_back(parameter, expression());
    } else {
      if (!arguments.named.empty() || arguments.all_positional || arguments.all_named)
        refuse("an argument without a name stands after one with a name");
      arguments.positional.push_back(expression());
    }
  }
  return arguments;
}

ExpressionPtr Parser::filters(ExpressionPtr value) {
  for (int links = 0; look().is("|"); count_link(links)) value = filter(std::move(value));
  return value;
}

ExpressionPtr Parser::filter(ExpressionPtr value, bool with_sign) {
  if (with_sign) expect("|");
  const int begin = line();
  const std::string which = name("a filter's name");
  const Call found = find_filter(which);
  if (!found)
    refuse(fmt::format("the filter {} is not known; those that are known: {}", shortened(which, 40), known_filters()));
  CallArguments arguments;
  if (look().is("(")) arguments = call_arguments();
  return make_filter(begin, found, std::move(value), std::move(arguments));
}

ExpressionPtr Parser::test(ExpressionPtr value) {
  Deeper deeper(*this);
  expect("is");
  const int begin = line();
  const bool negated = take("not");
  const std::string which = name("a test's name");
  const Call found = find_test(which);
  if (!found)
    refuse(fmt::format("the test {} is not known; those that are known: {}", shortened(which, 40), known_tests()));
  CallArguments arguments;
  const Token& next = look();
  const bool value_follows = next.kind == Token::name || next.kind == Token::text || next.kind == Token::integer ||
                             next.kind == Token::real || next.is("[") || next.is("{");
  if (next.is("(")) {
    arguments = call_arguments();
  } else if (value_follows && !next.is("else") && !next.is("or") && !next.is("and")) {
    if (next.is("is")) refuse("tests can't be chained with is");
    arguments.positional.push_back(postfix(primary()));
  }
  ExpressionPtr result = make_test(begin, found, std::move(value), std::move(arguments));
  return negated ? make_not(begin, std::move(result)) : std::move(result);
}

}  // namespace adora::jinja
