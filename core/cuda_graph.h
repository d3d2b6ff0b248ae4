#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "random.h"

namespace adora::cuda {

/// Work on the GPU that is recorded once and then started again as a whole, a CUDA graph: the CPU does in one call what
/// took it thousands, which pays where kernels are short. Not thread safe.
///
/// A replay reads and writes the very memory that was recorded. So what changes from one replay to the next lies in
/// tensors that were there before (fill them with copy_), and results are read from tensors that the caller keeps:
///
///     Tensor x = zeros({64, 512}, float32, cuda_device), y;
///     cuda::Graph graph;
///     graph.record([&] { y = network(x); });
///     copy_(x, batch), graph.replay();   // y holds the network's answer
///
/// Memory of tensors that recorded work gave back stays with the graph as long as it lives. Gradients are best written
/// to before (set_grad with zeros), so that the recorded backward pass adds to that memory.
class Graph {
 public:
  Graph();
  /// Uses the other's memory for what recorded work gives back: for graphs of which one replay's results have been
  /// read when another's begins.
  explicit Graph(const Graph* memory_of);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// Notes what `work` gives the device, which does none of it; anything recorded before is forgotten. Under `work`
  /// random numbers may be drawn from these generators only, on which the call leaves no trace. An error where `work`
  /// needs a result on the CPU (item, to_vector), copies between the two, or throws: nothing is recorded then.
  /// Indices and targets out of range can't be errors while nothing is computed: a replay that meets one takes a valid
  /// one in its place, and the next time the CPU waits for the device that is the error.
  void record(const std::function<void()>& work, const std::vector<Generator*>& generators = {});
  /// Does `work` as ever, with the graph's memory for what it gives back: before recording it, so that whatever the
  /// device loads when it is first used is there, and the same memory serves both.
  void run(const std::function<void()>& work);
  bool recorded() const { return graph_ != nullptr; }

  /// Starts it. Each generator goes on from where it is, and takes as many numbers as were recorded.
  void replay();

 private:
  struct Memory;
  struct Source;
  void forget();

  std::shared_ptr<Memory> memory_;
  std::vector<Source> sources_;  ///< the generators
  void* graph_ = nullptr;
};

}  // namespace adora::cuda
