// Blocks one after the other, their threads as fibers.
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cuda_runtime.h"
#include "device_memory.h"

namespace emulator {
namespace {

constexpr std::size_t stack_bytes = std::size_t{256} << 10;  // touched as far as it is used
constexpr std::size_t most_exchanged = 128;

[[noreturn]] void stop(const char* why) {
  std::fprintf(stderr, "emulated kernel: %s (block %u %u %u, thread %u %u %u)\n", why, blockIdx.x, blockIdx.y,
               blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
  std::abort();
}

/// A stack on which threads of a block run, one after the other, until one has to wait: it then keeps the fiber.
struct Fiber {
  ucontext_t context;
  void* stack;
  unsigned thread = 0;
  enum { free, ready, at_block_barrier, at_warp_barrier } state = free;
  unsigned mask = 0;

  Fiber() {
    stack = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) stop("no memory for a stack");
  }
  ~Fiber() { munmap(stack, stack_bytes); }
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
};

struct Copy {
  void* to;
  const void* from;
  std::size_t size, there;

  void operator()() const {
    if (there) std::memcpy(to, from, there);
    std::memset(static_cast<unsigned char*>(to) + there, 0, size - there);
  }
};

struct Machine {
  std::vector<std::unique_ptr<Fiber>> fibers;
  ucontext_t scheduler;
  Fiber* running = nullptr;
  const std::function<void()>* body = nullptr;
  unsigned threads = 0;  ///< of the block
  unsigned started = 0;  ///< of these
  bool backwards = false;
  std::vector<Fiber*> waiting;           ///< of each thread, null where it runs, has ended or not yet begun
  std::vector<char> ended;               ///< each thread
  std::vector<unsigned char> exchanged;  ///< each thread's two slots
  std::vector<unsigned char> slot;       ///< which of them each thread uses next
  std::vector<unsigned char> shared;
  std::vector<std::vector<std::vector<Copy>>> copies;  ///< each thread's groups, the last of them open
};
Machine machine;

void take_place(unsigned thread) {
  threadIdx = {thread % blockDim.x, thread / blockDim.x % blockDim.y, thread / blockDim.x / blockDim.y};
}

/// The body of a fiber: runs threads that have not begun, one after the other.
void work() {
  for (;;) {
    Fiber& self = *machine.running;
    while (machine.started < machine.threads) {
      unsigned number = machine.started++;
      self.thread = machine.backwards ? machine.threads - 1 - number : number;
      take_place(self.thread);
      (*machine.body)();
      machine.ended[self.thread] = 1;
    }
    self.state = Fiber::free;
    swapcontext(&self.context, &machine.scheduler);
  }
}

void resume(Fiber& fiber) {
  machine.running = &fiber;
  take_place(fiber.thread);
  swapcontext(&machine.scheduler, &fiber.context);
  machine.running = nullptr;
}

Fiber& free_fiber() {
  for (auto& fiber : machine.fibers) {
    if (fiber->state == Fiber::free) return *fiber;
  }
  machine.fibers.push_back(std::make_unique<Fiber>());
  Fiber& fiber = *machine.fibers.back();
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack;
  fiber.context.uc_stack.ss_size = stack_bytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, work, 0);
  return fiber;
}

void wait(decltype(Fiber::state) state, unsigned mask) {
  Fiber& self = *machine.running;
  self.state = state;
  self.mask = mask;
  machine.waiting[self.thread] = &self;
  swapcontext(&self.context, &machine.scheduler);
  take_place(self.thread);
}

/// Whether all living threads of a warp that `mask` names have come to the barrier.
bool warp_is_complete(unsigned thread, unsigned mask) {
  unsigned first = thread / 32 * 32;
  for (unsigned lane = 0; lane < 32 && first + lane < machine.threads; ++lane) {
    if (!(mask >> lane & 1u) || machine.ended[first + lane]) continue;
    Fiber* fiber = machine.waiting[first + lane];
    if (!fiber || fiber->state != Fiber::at_warp_barrier || fiber->mask != mask) return false;
  }
  return true;
}

void run_block() {
  machine.started = 0;
  machine.waiting.assign(machine.threads, nullptr);
  machine.ended.assign(machine.threads, 0);
  machine.slot.assign(machine.threads, 0);
  machine.copies.assign(machine.threads, {{}});
  if (machine.exchanged.size() < std::size_t{machine.threads} * 2 * most_exchanged) {
    machine.exchanged.resize(std::size_t{machine.threads} * 2 * most_exchanged);
  }
  for (;;) {
    while (machine.started < machine.threads) {
      Fiber& fiber = free_fiber();
      fiber.state = Fiber::ready;
      resume(fiber);
    }
    unsigned living = 0, at_block = 0;
    for (unsigned t = 0; t < machine.threads; ++t) {
      if (machine.ended[t]) continue;
      ++living;
      at_block += machine.waiting[t]->state == Fiber::at_block_barrier;
    }
    if (living == 0) return;
    bool moved = false;
    std::vector<Fiber*> released;
    for (unsigned i = 0; i < machine.threads; ++i) {
      unsigned t = machine.backwards ? machine.threads - 1 - i : i;
      Fiber* fiber = machine.waiting[t];
      if (!fiber) continue;
      bool goes = fiber->state == Fiber::at_block_barrier ? at_block == living : warp_is_complete(t, fiber->mask);
      // One warp runs ahead as far as barriers let it; else all would go in step even without them.
      if (machine.backwards && at_block != living && !released.empty() && released[0]->thread / 32 != t / 32) break;
      if (goes) released.push_back(fiber);
    }
    for (Fiber* fiber : released) {
      machine.waiting[fiber->thread] = nullptr;
      fiber->state = Fiber::ready;
    }
    for (Fiber* fiber : released) {
      moved = true;
      resume(*fiber);
    }
    if (!moved) stop("threads wait at different barriers, for ever");
  }
}

}  // namespace

void run(dim3 grid, dim3 block, std::size_t shared, const std::function<void()>& thread) {
  static const bool backwards = [] {
    const char* order = std::getenv("ADORA_EMULATOR_ORDER");
    return order && std::string(order) == "backwards";
  }();
  const DeviceAccess access;
  if (machine.running) stop("a kernel was started from within a kernel");
  if (block.x * block.y * block.z > 1024 || block.x * block.y * block.z == 0) stop("a block of an impossible size");
  if (shared > (std::size_t{227} << 10)) stop("more shared memory than there is");
  if (grid.y > 65535 || grid.z > 65535) stop("a grid of an impossible size");
  machine.body = &thread;
  machine.threads = block.x * block.y * block.z;
  machine.backwards = backwards;
  // Garbage that a sum would show.
  machine.shared.assign(shared + 16, 0xff);
  gridDim = grid, blockDim = block;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        blockIdx = {x, y, z};
        run_block();
      }
    }
  }
}

namespace {
std::vector<std::function<void()>>* recorded = nullptr;
}

void submit(std::function<void()> work) {
  if (recorded) recorded->push_back(std::move(work));
  else work();
}

void* dynamic_shared() {
  auto at = reinterpret_cast<std::uintptr_t>(machine.shared.data());
  return reinterpret_cast<void*>((at + 15) / 16 * 16);
}

int lane() { return static_cast<int>(machine.running->thread % 32); }

void block_barrier() { wait(Fiber::at_block_barrier, 0); }

void warp_barrier(unsigned mask) { wait(Fiber::at_warp_barrier, mask); }

// Two slots a thread, used in turn: nobody can write to one again before all have passed the barrier in between,
// and so have read what it held.
void exchange(unsigned mask, const void* mine, std::size_t size, int lane, void* theirs) {
  if (size > most_exchanged) stop("an exchange of too many bytes");
  unsigned self = machine.running->thread;
  unsigned which = machine.slot[self];
  machine.slot[self] = static_cast<unsigned char>(1 - which);
  if (!(mask >> (self % 32) & 1u)) stop("a shuffle by a thread that its mask leaves out");
  std::memcpy(&machine.exchanged[(self * 2 + which) * most_exchanged], mine, size);
  wait(Fiber::at_warp_barrier, mask);
  unsigned from = self / 32 * 32 + static_cast<unsigned>(lane);
  if (from >= machine.threads || !(mask >> lane & 1u)) from = self;
  std::memcpy(theirs, &machine.exchanged[(from * 2 + which) * most_exchanged], size);
}

void gather(unsigned mask, const void* mine, std::size_t size, void* all) {
  int self = lane();
  unsigned first = machine.running->thread / 32 * 32;
  unsigned which = machine.slot[machine.running->thread];
  exchange(mask, mine, size, self, all);
  for (unsigned lane = 0; lane < 32; ++lane) {
    unsigned from = first + lane < machine.threads ? first + lane : machine.running->thread;
    std::memcpy(static_cast<unsigned char*>(all) + lane * size, &machine.exchanged[(from * 2 + which) * most_exchanged],
                size);
  }
}

void copy_later(void* to, const void* from, std::size_t size, std::size_t there) {
  if (reinterpret_cast<std::uintptr_t>(to) % size || (there && reinterpret_cast<std::uintptr_t>(from) % size)) {
    stop("an asynchronous copy that is not aligned");
  }
  Copy copy{to, from, size, there};
  if (machine.backwards) machine.copies[machine.running->thread].back().push_back(copy);
  else copy();
}

void end_copies() { machine.copies[machine.running->thread].emplace_back(); }

void wait_for_copies(int left) {
  auto& groups = machine.copies[machine.running->thread];
  while (static_cast<int>(groups.size()) - 1 > left) {
    for (const Copy& copy : groups.front()) copy();
    groups.erase(groups.begin());
  }
}

}  // namespace emulator

// ---- the runtime -----------------------------------------------------------------------------------------------

const char* cudaGetErrorName(cudaError_t error) { return error == cudaSuccess ? "cudaSuccess" : "cudaError"; }
const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorMemoryAllocation ? "out of memory" : error == cudaSuccess ? "no error" : "an error";
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
cudaError_t cudaGetDeviceCount(int* count) { return *count = 1, cudaSuccess; }
cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : cudaErrorInvalidValue; }
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {"an emulated device", 2, std::size_t{227} << 10, std::size_t{4} << 30, 9, 0, 1 << 20};
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) { return *stream = nullptr, cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) {
  return emulator::recorded ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}
cudaError_t cudaMalloc(void** data, std::size_t bytes) {
  constexpr std::size_t most = std::size_t{4} << 30;  // what one allocation may ask for
  if (bytes > most) return cudaErrorMemoryAllocation;
  *data = emulator::allocate(bytes);
  return *data ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaFree(void* data) { return emulator::release(data), cudaSuccess; }
cudaError_t cudaMallocHost(void** data, std::size_t bytes) {
  return (*data = std::malloc(bytes)) ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaFreeHost(void* data) { return std::free(data), cudaSuccess; }
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *free = *total = std::size_t{4} << 30;
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t) {
  // The memory of a device's tensor may be gone when a graph runs; that is for the code under test to see to.
  emulator::submit([=] {
    const emulator::DeviceAccess access;
    if (bytes) std::memmove(to, from, bytes);
  });
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t) {
  emulator::submit([=] {
    const emulator::DeviceAccess access;
    if (bytes) std::memset(to, value, bytes);
  });
  return cudaSuccess;
}

struct EmulatedGraph {
  std::vector<std::function<void()>> work;
};
cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode) {
  emulator::recorded = new std::vector<std::function<void()>>;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph) {
  *graph = new EmulatedGraph{std::move(*emulator::recorded)};
  delete emulator::recorded;
  emulator::recorded = nullptr;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned long long) {
  return *ready = new EmulatedGraph{*graph}, cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t) {
  for (const auto& work : graph->work) work();
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaFuncSetAttribute(const void*, cudaFuncAttribute, int) { return cudaSuccess; }
