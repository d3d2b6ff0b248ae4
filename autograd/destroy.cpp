#include "destroy.h"

#include <utility>

namespace adora {
namespace {

/// The parts of dead nodes that are still to be destroyed. A part may hold the last handle on the previous node, whose
/// parts hold the one before it, and so on for thousands: destroying them recursively would overflow the stack. The
/// first node to die moves its parts here and drops them in a loop; nodes that die meanwhile add theirs.
struct PendingDestruction {
  std::vector<Edge> edges;
  std::vector<Saved> saved;
  std::vector<GradientFn> gradients;
  std::vector<Hook> hooks;

  /// Moved out before it is dropped, for dropping it adds more to what is pending.
  template <class T> static bool drop_one(std::vector<T>& things) {
    if (things.empty()) return false;
    T thing = std::move(things.back());
    things.pop_back();
    return true;
  }
  void empty() {
    while (drop_one(edges) || drop_one(saved) || drop_one(gradients) || drop_one(hooks)) {
    }
  }
};

thread_local PendingDestruction* pending_here = nullptr;

template <class F> void destroy_in_a_loop(F put) {
  if (pending_here) return put(*pending_here);
  struct Here {
    PendingDestruction pending;
    Here() { pending_here = &pending; }
    ~Here() { pending_here = nullptr; }
  } here;
  put(here.pending);
  here.pending.empty();
}

template <class T> void move_into(std::vector<T>& pending, std::vector<T>& things) {
  if (pending.empty()) return pending.swap(things);
  for (T& thing : things) pending.push_back(std::move(thing));
  things.clear();
}

void put_saved(Node& node, PendingDestruction& pending) {
  move_into(pending.saved, node.saved);
  for (GradientFn* f : {&node.gradient, &node.composed}) {
    if (*f) pending.gradients.push_back(std::exchange(*f, nullptr));
  }
}

}  // namespace

void detail::drop_saved(Node& node) {
  destroy_in_a_loop([&](PendingDestruction& pending) { put_saved(node, pending); });
}

void detail::drop_parts(Node& node) {
  destroy_in_a_loop([&](PendingDestruction& pending) {
    move_into(pending.edges, node.inputs);
    for (Node::Output& output : node.outputs) move_into(pending.hooks, output.hooks);
    put_saved(node, pending);
  });
}

}  // namespace adora
