#include "ops/stacks.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples hstack_samples{"hstack", [](Generator& g) {
                               return std::vector<Sample>{
                                   {"matrices", {sample_tensor(g, {2, 3}), sample_tensor(g, {2, 1})}, hstack},
                                   {"vectors and a number", {sample_tensor(g, {2}), sample_tensor(g, {})}, hstack}};
                             }};

const Samples vstack_samples{
    "vstack", [](Generator& g) {
      return std::vector<Sample>{{"a matrix and a row", {sample_tensor(g, {2, 3}), sample_tensor(g, {3})}, vstack}};
    }};

const Samples dstack_samples{"dstack", [](Generator& g) {
                               return std::vector<Sample>{
                                   {"matrices", {sample_tensor(g, {2, 3}), sample_tensor(g, {2, 3})}, dstack},
                                   {"vectors", {sample_tensor(g, {3}), sample_tensor(g, {3})}, dstack}};
                             }};

}  // namespace
}  // namespace adora::suite
