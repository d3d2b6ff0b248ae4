#include "calls.h"
#include "ops/diagonal.h"
#include "ops/mask.h"
#include "ops/pad.h"
#include "ops/rearrange.h"
#include "ops/take.h"

namespace adora::reference {
namespace {

using In = const Inputs&;
using At = const Attributes&;

PadMode mode_of(const Attributes& a) {
  const std::string mode = a.text("mode", "constant");
  if (mode == "constant") return PadMode::constant;
  if (mode == "reflect") return PadMode::reflect;
  if (mode == "replicate") return PadMode::replicate;
  check(mode == "circular", "pad: the mode '{}' is not known", mode);
  return PadMode::circular;
}

Tensor pad_of(const Inputs& in, const Attributes& a) {
  const Shape pads = a.list({"pad", "pads"});
  return pad(in("x"), {pads.begin(), pads.end()}, mode_of(a), a.number({"value"}, 0));
}

Tensor roll_of(const Inputs& in, const Attributes& a) {
  const Shape shifts = a.list({"shifts", "shift"}), dims = a.list({"dims", "dim"});
  return dims.empty() ? roll(in("x"), shifts[0]) : roll(in("x"), shifts, dims);
}

const RegisterCalls calls{
    {"flip", one([](In in, At a) {
       return flip(in("x"), a.list({"dims", "dim"}));
     })},
    {"roll", one(roll_of)},
    {"repeat", one([](In in, At a) { return repeat(in("x"), a.list({"repeats"})); })},
    {"pad", one(pad_of)},
    {"diagonal", one([](In in, At a) {
       return diagonal(in("x"), a.whole({"offset"}, 0), a.whole({"dim1"}, 0), a.whole({"dim2"}, 1));
     })},
    {"masked_fill", one([](In in, At a) { return masked_fill(in("x"), in("mask"), a.number({"value"}, 0)); })},
    {"one_hot", one([](In in, At a) {
       return one_hot(in({"indices", "index"}), a.whole({"classes", "num_classes"}, -1));
     })},
};

}  // namespace
}  // namespace adora::reference
