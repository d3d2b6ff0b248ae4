#include "cuda_graph.h"

#include "allocator.h"
#include "cuda.h"
#include "error.h"
#include "storage.h"

namespace adora::cuda {
namespace {
bool now_recording = false;
}  // namespace

bool recording() { return now_recording; }

struct Graph::Memory {
  int pool = allocator(cuda_device).open_pool();

  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { allocator(cuda_device).close_pool(pool); }
};

/// A generator that the recorded work drew from.
struct Graph::Source {
  Generator* generator;
  std::uint64_t first;  ///< where it stood
  std::uint64_t blocks = 0;
  std::uint64_t* on_device;  ///< what a replay adds
};

Graph::Graph() : Graph(nullptr) {}
Graph::Graph(const Graph* memory_of) {
  backend("recording a graph");
  memory_ = memory_of ? memory_of->memory_ : std::make_shared<Memory>();
}
Graph::~Graph() { forget(); }

void Graph::forget() {
  if (graph_) backend("a graph").discard(graph_);
  graph_ = nullptr;
  for (const Source& source : sources_) allocator(cuda_device).release(source.on_device, sizeof(std::uint64_t));
  sources_.clear();
}

void Graph::record(const std::function<void()>& work, const std::vector<Generator*>& generators) {
  check(!now_recording, "Graph::record: a graph is being recorded already");
  check(work != nullptr, "Graph::record: the work is empty");
  for (const Generator* generator : generators) check(generator != nullptr, "Graph::record: a generator is null");
  forget();
  for (Generator* generator : generators) {
    auto* at = static_cast<std::uint64_t*>(allocator(cuda_device).allocate(sizeof(std::uint64_t)));
    sources_.push_back({.generator = generator, .first = generator->offset(), .on_device = at});
  }
  auto end = [this](bool keep) {
    now_recording = false;
    allocator(cuda_device).use_pool(0);
    for (Source& source : sources_) {
      source.generator->set_replayed(nullptr);
      source.blocks = source.generator->offset() - source.first;
      source.generator->set_offset(source.first);
    }
    return backend("recording a graph").end_recording(keep);
  };
  try {
    backend("recording a graph").begin_recording();
    now_recording = true;
    allocator(cuda_device).use_pool(memory_->pool);
    for (const Source& source : sources_) source.generator->set_replayed(source.on_device);
    work();
    graph_ = end(true);
  } catch (...) {
    if (now_recording) end(false);
    forget();
    throw;
  }
}

void Graph::run(const std::function<void()>& work) {
  struct InPool {
    explicit InPool(int pool) { allocator(cuda_device).use_pool(pool); }
    ~InPool() { allocator(cuda_device).use_pool(0); }
  } in_pool(memory_->pool);
  work();
}

void Graph::replay() {
  check(graph_ != nullptr, "Graph::replay: nothing has been recorded");
  for (const Source& source : sources_) {
    backend("a graph").write(source.on_device, source.generator->offset() - source.first);
    source.generator->set_offset(source.generator->offset() + source.blocks);
  }
  backend("a graph").replay(graph_);
}

}  // namespace adora::cuda
