// Records made into documents, the order in which steps take them, and batches of them.
#include "../../../../nn/data/documents.h"

#include <algorithm>

#include "../../../../nn/data/batches.h"
#include "../../../../nn/data/records/document_record.h"
#include "../../../../nn/data/records/instruction.h"
#include "../../../../nn/text/word_tokenizer.h"
#include "../../../../nn/train/fingerprint.h"
#include "../../../../ops/creation.h"
#include "../../../catch.h"
#include "../../../files.h"

using namespace adora;

namespace {

using Ids = std::vector<std::int64_t>;

// a is 3, b is 4 …
WordTokenizer letters() {
  return WordTokenizer(
      {"<pad>", "<bos>", "<eos>", "a", "b", "c", "d", "e", "### Instruction:", "### Input:", "### Response:"});
}

std::unique_ptr<Record> plain(const std::string& text, const std::string& place = "") {
  return document_record(text, place);
}

std::unique_ptr<Record> exercise(const std::string& instruction, const std::string& output) {
  return std::move(records_of({{.instruction = instruction, .input = "", .output = output, .answer = ""}})[0]);
}

template <class... R> Records list(R... records) {
  Records all;
  (all.push_back(std::move(records)), ...);
  return all;
}

using Targets = std::vector<std::pair<std::size_t, std::size_t>>;

std::vector<Document> documents_of_lengths(const std::vector<std::size_t>& lengths) {
  std::vector<Document> documents;
  for (const std::size_t length : lengths) documents.push_back(whole_document(Ids(length, 3)));
  return documents;
}

}  // namespace

TEST_CASE("a plain document is BOS, its tokens and EOS, cut at the length") {
  const auto documents =
      make_documents(list(plain("a b c"), plain("d")), letters(), Wording(), {.cutoff_len = 4, .source = ""}).list;
  CHECK(documents[0].tokens == Ids{1, 3, 4, 5});
  CHECK(documents[1].tokens == Ids{1, 6, 2});
  CHECK(documents[0].targets == Targets{{1, 4}});
}

TEST_CASE("a prompt's tokens are targets or not, as is asked for") {
  const Records records = list(exercise("a b", "c d"));
  const auto all = make_documents(records, letters(), Wording(), {}).list;
  CHECK(all[0].tokens == Ids{1, 8, 3, 4, 10, 5, 6, 2});
  CHECK(all[0].targets == Targets{{1, 8}});
  const auto response = make_documents(records, letters(), Wording(), {.train_on_inputs = false}).list;
  CHECK(response[0].tokens == all[0].tokens);
  CHECK(response[0].targets == Targets{{5, 8}});
}

TEST_CASE("without BOS and EOS a document is its text's tokens, of which the first is not predicted") {
  struct Bare final : Tokenizer {
    Ids encode(std::string_view text) const override { return letters().encode(text); }
    std::string decode(const Ids& tokens) const override { return letters().decode(tokens); }
    std::int64_t size() const override { return letters().size(); }
    std::optional<std::int64_t> bos() const override { return {}; }
    std::optional<std::int64_t> eos() const override { return {}; }
  };
  const Records records = list(plain("a b c"), exercise("a b", "c d"), plain("a"), plain(""));
  const Documents documents = make_documents(records, Bare(), Wording(), {.train_on_inputs = false});
  REQUIRE(documents.list.size() == 2);
  CHECK(documents.left_out == 2);  // of one token and of none
  CHECK(documents.list[0].tokens == Ids{3, 4, 5});
  CHECK(documents.list[0].targets == Targets{{1, 3}});
  CHECK(documents.list[1].tokens == Ids{8, 3, 4, 10, 5, 6});
  CHECK(documents.list[1].targets == Targets{{4, 6}});
  const TokenBatch batch = make_batch(documents.list, {0});
  CHECK(to_vector<std::int64_t>(batch.tokens) == Ids{3, 4});
  CHECK(to_vector<std::int64_t>(batch.targets) == Ids{4, 5});
}

TEST_CASE("documents without a token to predict within the length are left out and counted") {
  const Records records = list(exercise("a b a b a b", "c"), exercise("a", "c"));
  const DocumentOptions options{.cutoff_len = 6, .train_on_inputs = false};
  const Documents documents = make_documents(records, letters(), Wording(), options);
  CHECK(documents.left_out == 1);
  CHECK(documents.list.size() == 1);
  CHECK(make_documents(list(exercise("a b a b a b", "c")), letters(), Wording(), options).list.empty());
}

TEST_CASE("a word that the tokenizer does not know is named with file and line") {
  const std::string text = test::error_of([] {
    make_documents(list(plain("a", "line 1"), plain("a zebra", "line 4")), letters(), Wording(),
                   {.source = "animals.txt"});
  });
  CHECK(text.starts_with("animals.txt: line 4: "));
  CHECK(text.find("zebra") != std::string::npos);
}

TEST_CASE("in file order documents come again from the top when they run out") {
  BatchOrder order(5, 2, false, 0);
  CHECK(order.batch(0, 0) == std::vector<std::size_t>{0, 1});
  CHECK(order.batch(2, 0) == std::vector<std::size_t>{4, 0});
  CHECK(order.batch(3, 0) == std::vector<std::size_t>{1, 2});
}

TEST_CASE("so many epochs end with a smaller batch, and every document was seen as often") {
  BatchOrder order(5, 2, true, 7);
  CHECK(order.steps(3) == 8);
  std::vector<int> seen(5);
  std::size_t last = 0;
  for (std::int64_t step = 0; step < 8; ++step) {
    const auto batch = order.batch(step, 3);
    for (const std::size_t i : batch) ++seen[i];
    last = batch.size();
  }
  CHECK(seen == std::vector<int>(5, 3));
  CHECK(last == 1);
}

TEST_CASE("shuffled epochs have orders of their own, which follow from the seed alone") {
  auto epochs = [](std::uint64_t seed) {
    BatchOrder order(40, 40, true, seed);
    return std::vector{order.batch(0, 0), order.batch(1, 0)};
  };
  const auto one = epochs(1);
  CHECK(one[0] != one[1]);
  CHECK(epochs(1) == one);
  CHECK(epochs(2)[0] != one[0]);
  for (auto epoch : one) {
    CHECK_FALSE(std::is_sorted(epoch.begin(), epoch.end()));
    std::sort(epoch.begin(), epoch.end());
    for (std::size_t i = 0; i < epoch.size(); ++i) CHECK(epoch[i] == i);
  }
}

TEST_CASE("any step can be asked for first, which is what going on with a run needs") {
  BatchOrder in_turn(7, 3, true, 5);
  std::vector<std::vector<std::size_t>> batches;
  for (std::int64_t step = 0; step < 10; ++step) batches.push_back(in_turn.batch(step, 0));
  for (std::int64_t step = 9; step >= 0; --step)
    CHECK(BatchOrder(7, 3, true, 5).batch(step, 0) == batches[static_cast<std::size_t>(step)]);
}

TEST_CASE("a batch is padded on the right, and padding is no target") {
  const std::vector<Document> documents = {{{1, 3, 4, 5, 2}, {{3, 5}}}, whole_document({1, 6, 2})};
  const TokenBatch batch = make_batch(documents, {1, 0});
  CHECK(batch.tokens.shape() == Shape{2, 4});
  CHECK(to_vector<std::int64_t>(batch.tokens) == Ids{1, 6, 0, 0, 1, 3, 4, 5});
  CHECK(to_vector<std::int64_t>(batch.targets) == Ids{6, 2, -100, -100, -100, -100, 5, 2});
  CHECK(make_batch(documents, {1}, 9).tokens.shape() == Shape{1, 8});
}

TEST_CASE("tokens are counted without padding, and targets without the prompt") {
  const std::vector<Document> documents = {{{1, 3, 4, 5, 2}, {{3, 5}}}, whole_document({1, 6, 2})};
  const TokenCount count = count_tokens(documents, {0, 1});
  CHECK(count.tokens == 8);
  CHECK(count.targets == 2 + 2);
  CHECK(count.longest == 5);
}

TEST_CASE("targets may stand in several places of a document") {
  const std::vector<Document> documents = {{{1, 3, 4, 5, 6, 7, 2}, {{1, 2}, {4, 6}}}};
  CHECK(to_vector<std::int64_t>(make_batch(documents, {0}).targets) == Ids{3, -100, -100, 6, 7, -100});
  CHECK(count_targets(documents[0]) == 3);
}

TEST_CASE("another token, another end, or other targets make other documents") {
  const auto whole = [](std::vector<Ids> all) {
    std::vector<Document> documents;
    for (Ids& one : all) documents.push_back(whole_document(std::move(one)));
    return fingerprint(documents);
  };
  const std::string one = whole({{1, 3, 4, 2}, {1, 5, 2}});
  CHECK(one == whole({{1, 3, 4, 2}, {1, 5, 2}}));
  CHECK(one != whole({{1, 3, 5, 2}, {1, 5, 2}}));
  CHECK(one != whole({{1, 3, 4, 2, 1}, {5, 2}}));
  CHECK(one != whole({{1, 5, 2}, {1, 3, 4, 2}}));
  CHECK(one != fingerprint({{{1, 3, 4, 2}, {{2, 4}}}, whole_document({1, 5, 2})}));
  CHECK(fingerprint(documents_of_lengths({3, 4})) != fingerprint(documents_of_lengths({3, 4, 4})));
}
