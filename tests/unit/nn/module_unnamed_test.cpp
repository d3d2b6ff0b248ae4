// Members that were never named are found, and nothing else is taken for one.
#include <array>
#include <optional>

#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

struct Forgetful : Module {
  explicit Forgetful(Generator& g) : named(2, 3, g), forgotten(3, 16, g) { child("named", named); }
  Linear named, forgotten;
};

const std::string found = "a Linear [3 → 16] that Forgetful made is no part of it";

struct Nothing : Module {
  explicit Nothing(Generator& g) : forgotten(3, 16, g) {}
  Linear forgotten;
};

template <class Part> struct Holder : Module {
  explicit Holder(Generator& g) : part(g) { child("part", part); }
  Part part;
};

}  // namespace

TEST_CASE("a member that was not named is found by whoever lists parameters") {
  Generator g(1);
  Forgetful module(g);
  CHECK_THROWS_WITH(module.parameters(), ContainsSubstring("parameters: " + found));
  CHECK_THROWS_WITH(module.named_parameters(),
                    ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
  CHECK_THROWS_WITH(module.trainable_parameters(),
                    ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
  CHECK_THROWS_WITH(module.state_dict(), ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
  CHECK_THROWS_WITH(module.load_state_dict({}),
                    ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
  CHECK_THROWS_WITH(AdamW(module.trainable_parameters()),
                    ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
  CHECK_THROWS_WITH(std::make_unique<Forgetful>(g)->parameters(),
                    ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
  CHECK_THROWS_WITH(std::make_shared<Forgetful>(g)->parameters(),
                    ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
  CHECK_THROWS_WITH(std::optional<Forgetful>(g)->parameters(),
                    ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
}

TEST_CASE("a member of a part that was not named is found, even where the part names nothing") {
  Generator g(1);
  Holder<Forgetful> one(g);
  CHECK_THROWS_WITH(one.parameters(), ContainsSubstring(found) && ContainsSubstring("child(\"NAME\", member)"));
  Holder<Nothing> other(g);
  CHECK_THROWS_WITH(other.parameters(), ContainsSubstring("[3 → 16] that Nothing made"));
  struct Many : Module {
    explicit Many(Generator& g) {
      for (int i = 0; i < 5; ++i) all.emplace_back(g);
      children("all", all);
    }
    std::vector<Nothing> all;
  } many(g);
  CHECK_THROWS_WITH(many.parameters(), ContainsSubstring("[3 → 16] that Nothing made"));
  CHECK_THROWS_WITH(AdamW(Nothing(g).trainable_parameters()), ContainsSubstring("no parameter to train"));
}

TEST_CASE("a vector, pointers and an array of modules that were not named are found") {
  Generator g(1);
  struct Vector : Module {
    explicit Vector(Generator& g) : named(2, 2, g) {
      for (int i = 0; i < 3; ++i) all.emplace_back(3, 16, g);
      child("named", named);
    }
    Linear named;
    std::vector<Linear> all;
  } vector(g);
  CHECK_THROWS_WITH(vector.parameters(), ContainsSubstring("that Vector made") && ContainsSubstring("children("));
  struct Pointer : Module {
    explicit Pointer(Generator& g) : named(2, 2, g), other(std::make_unique<Linear>(3, 16, g)) {
      child("named", named);
    }
    Linear named;
    std::unique_ptr<Linear> other;
  } pointer(g);
  CHECK_THROWS_WITH(pointer.parameters(), ContainsSubstring("that Pointer made"));
  struct Array : Module {
    explicit Array(Generator& g) : all{Linear(2, 2, g), Linear(3, 16, g)} { child("first", all[0]); }
    std::array<Linear, 2> all;
  } array(g);
  CHECK_THROWS_WITH(array.parameters(), ContainsSubstring("[3 → 16] that Array made"));
}

TEST_CASE("what a constructor names later, in a base class or by its template is no member that was forgotten") {
  Generator g(1);
  struct Asking : Module {
    explicit Asking(Generator& g) : first(2, 2, g), second(2, 2, g) {
      child("first", first);
      CHECK(parameters().size() == 2);
      child("second", second);
      CHECK(named_parameters().size() == 4);
    }
    Linear first, second;
  };
  Asking asking(g);
  CHECK(asking.parameters().size() == 4);
  struct Derived : Asking {
    explicit Derived(Generator& g) : Asking(g), third(2, 2, g) { child("third", third); }
    Linear third;
  } derived(g);
  CHECK(derived.parameters().size() == 6);
  Holder<Derived> holder(g);
  CHECK(holder.parameters().size() == 6);
  CHECK(Holder<Holder<Asking>>(g).state_dict().size() == 4);
}

TEST_CASE("modules beside another, made while it was made, or shared with it, are no members of it") {
  Generator g(1);
  struct Pair : Module {
    Pair(Generator& g, Linear& shared) : own(2, 2, g) {
      Linear temporary(2, 2, g);
      own.weight = requires_grad(temporary.weight.detach());
      child("own", own), child("shared", shared);
    }
    Linear own;
  };
  Linear before(2, 2, g), shared(2, 2, g);
  Pair pair(g, shared);
  Linear after(2, 2, g);
  CHECK(pair.parameters().size() == 4);
  // Named late: what lies between was not made by its constructor.
  struct Late : Module {
    using Module::child;
    void add(Linear& one) { child("one", one); }
  } late;
  Linear between(2, 2, g), one(2, 2, g);
  late.add(one);
  Linear other(2, 2, g);
  late.child("other", other);
  CHECK(late.parameters().size() == 4);
  CHECK(between.parameters().size() == 2);
  std::vector<Linear> beside;
  beside.emplace_back(2, 2, g);
  CHECK(pair.state_dict().size() == 4);
}

TEST_CASE("a member that is no part on purpose, or is trained by itself, is left alone") {
  Generator g(1);
  struct Student : Module {
    explicit Student(Generator& g) : own(2, 2, g), teacher(2, 2, g) { child("own", own), leave_out(teacher); }
    Linear own, teacher;
  } student(g);
  CHECK(student.parameters().size() == 2);
  struct Two : Module {
    explicit Two(Generator& g) : maker(2, 2, g), judge(2, 2, g) { child("maker", maker); }
    Linear maker, judge;
  } two(g);
  AdamW of_judge(two.judge.trainable_parameters());
  CHECK(two.parameters().size() == 2);
}

TEST_CASE("a part that moved out of a module is none of its members that were forgotten") {
  Generator g(1);
  struct Box : Module {
    explicit Box(Generator& g) : part(2, 2, g) { child("part", part); }
    Linear part;
  } box(g);
  const Linear taken = std::move(box.part);
  CHECK(box.parameters().empty());
  CHECK(taken.parameters().size() == 2);
  Holder<Box> holder(g);
  const Box out = std::move(holder.part);
  CHECK(holder.parameters().empty());
  CHECK(out.parameters().size() == 2);
  box.part = Linear(2, 4, g);
  CHECK(box.parameters()[0].is(box.part.weight));
}
