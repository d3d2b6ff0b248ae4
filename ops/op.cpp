#include "op.h"

#include <algorithm>

namespace adora {
namespace {

std::vector<const Op*>& registry() {
  static std::vector<const Op*> ops;
  return ops;
}

void enter(const Op* op) {
  auto& ops = registry();
  auto place = std::lower_bound(ops.begin(), ops.end(), op, [](const Op* a, const Op* b) { return a->name < b->name; });
  check(place == ops.end() || (*place)->name != op->name, "there are two ops with the name {}", op->name);
  ops.insert(place, op);
}

}  // namespace

Op::Op(const char* name, OpTraits traits) : name(name), traits(traits) { enter(this); }

Op::Op(const char* name, Tensor (*function)(const Tensor&), OpTraits traits) : Op(name, traits) { unary = function; }

Op::Op(const char* name, Tensor (*function)(const Tensor&, const Tensor&), OpTraits traits) : Op(name, traits) {
  binary = function;
}

Op::Op(const char* name, OpTraits traits, void (*)()) : Op(name, traits) {}

Op::Op(const char* name, OpTraits traits, Tensor (*)(const Tensor&, const Tensor&, const Tensor&)) : Op(name, traits) {}

const std::vector<const Op*>& Op::all() { return registry(); }

const Op* Op::find(const std::string& name) {
  for (const Op* op : registry()) {
    if (op->name == name) return op;
  }
  return nullptr;
}

}  // namespace adora
