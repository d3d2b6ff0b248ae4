#include "calls.h"
#include "ops/diagonal.h"
#include "ops/grid.h"
#include "ops/index_copy.h"
#include "ops/indexing.h"
#include "ops/mask.h"
#include "ops/pad.h"
#include "ops/rearrange.h"
#include "ops/reshape.h"
#include "ops/scatter.h"
#include "ops/sliding_windows.h"
#include "ops/split.h"
#include "ops/stacks.h"
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

/// The indices i0, i1, … stand at the dimensions that `dims` lists.
Indices indices_of(const Inputs& in, const Attributes& a) {
  Indices indices;
  const Shape dims = a.list({"dims"});
  for (int i = 0; i < dims.size(); ++i) {
    indices.resize(std::max(indices.size(), static_cast<std::size_t>(dims[i]) + 1), all);
    indices[static_cast<std::size_t>(dims[i])] = in(("i" + std::to_string(i)).c_str());
  }
  return indices;
}

std::optional<std::int64_t> dim_of(const Attributes& a) {
  return a.has("dim") ? std::optional(a.whole({"dim"}, 0)) : std::nullopt;
}

std::vector<std::int64_t> whole_numbers(const Shape& list) { return {list.begin(), list.end()}; }

ScatterReduce reduce_of(const Attributes& a) {
  return a.text("reduce", "sum") == "mean" ? ScatterReduce::mean : ScatterReduce::sum;
}

const RegisterCalls calls{
    {"rot90", one([](In in, At a) { return rot90(in("x"), a.whole({"k"}, 1), a.list({"dims"})); })},
    {"tile", one([](In in, At a) { return tile(in("x"), a.list({"repeats"})); })},
    {"repeat_interleave", one([](In in, At a) {
       const Tensor repeats = in.optional({"repeats"});
       return repeats.defined() ? repeat_interleave(in("x"), repeats, dim_of(a))
                                : repeat_interleave(in("x"), a.whole({"repeats"}, 1), dim_of(a));
     })},
    {"flatten", one([](In in, At a) { return flatten(in("x"), a.whole({"start"}, 0), a.whole({"end"}, -1)); })},
    {"unflatten", one([](In in, At a) { return unflatten(in("x"), a.whole({"dim"}, 0), a.list({"sizes"})); })},
    {"movedim", one([](In in, At a) { return movedim(in("x"), a.list({"source"}), a.list({"destination"})); })},
    {"swapaxes", one([](In in, At a) { return swapaxes(in("x"), a.whole({"a"}, 0), a.whole({"b"}, 1)); })},
    {"diag", one([](In in, At a) { return diag(in("x"), a.whole({"offset"}, 0)); })},
    {"diag_embed", one([](In in, At a) {
       return diag_embed(in("x"), a.whole({"offset"}, 0), a.whole({"dim1"}, -2), a.whole({"dim2"}, -1));
     })},
    {"sliding_windows", one([](In in, At a) {
       return sliding_windows(in("x"), a.whole({"dim"}, 0), a.whole({"size"}, 1), a.whole({"step"}, 1));
     })},
    {"chunk", several([](In in, At a) { return chunk(in("x"), a.whole({"chunks"}, 1), a.whole({"dim"}, 0)); })},
    {"tensor_split", several([](In in, At a) {
       return a.has("sections") ? tensor_split(in("x"), a.whole({"sections"}, 1), a.whole({"dim"}, 0))
                                : tensor_split(in("x"), whole_numbers(a.list({"places"})), a.whole({"dim"}, 0));
     })},
    {"unbind", several([](In in, At a) { return unbind(in("x"), a.whole({"dim"}, 0)); })},
    {"hstack", one([](In in, At) { return hstack(in.all()); })},
    {"vstack", one([](In in, At) { return vstack(in.all()); })},
    {"dstack", one([](In in, At) { return dstack(in.all()); })},
    {"meshgrid", several([](In in, At a) {
       return meshgrid(in.all(), a.text("indexing", "ij") == "ij" ? GridIndexing::ij : GridIndexing::xy);
     })},
    {"cartesian_prod", one([](In in, At) { return cartesian_prod(in.all()); })},
    {"combinations",
     one([](In in, At a) { return combinations(in("x"), a.whole({"r"}, 2), a.flag({"with_replacement"}, false)); })},
    {"masked_select", one([](In in, At) { return masked_select(in("x"), in("mask")); })},
    {"take", one([](In in, At) { return take(in("x"), in("index")); })},
    {"take_along_dim", one([](In in, At a) { return take_along_dim(in("x"), in("index"), dim_of(a)); })},
    {"scatter", one([](In in, At a) {
       const Tensor src = in.optional({"src"});
       return src.defined() ? scatter(in("x"), a.whole({"dim"}, 0), in("index"), src)
                            : scatter(in("x"), a.whole({"dim"}, 0), in("index"), a.number({"value"}, 0));
     })},
    {"scatter_reduce", one([](In in, At a) {
       return scatter_reduce(in("x"), a.whole({"dim"}, 0), in("index"), in("src"), reduce_of(a),
                             a.flag({"include_self"}, true));
     })},
    {"index_copy", one([](In in, At a) { return index_copy(in("x"), a.whole({"dim"}, 0), in("index"), in("src")); })},
    {"index_fill",
     one([](In in, At a) { return index_fill(in("x"), a.whole({"dim"}, 0), in("index"), a.number({"value"}, 0)); })},
    {"index", one([](In in, At a) { return index(in("x"), indices_of(in, a)); })},
    {"index_put", one([](In in, At a) {
       return index_put(in("x"), indices_of(in, a), in("values"), a.flag({"accumulate"}, false));
     })},
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
