#include "recording.h"

#include "../../core/cuda.h"
#include "../../core/error.h"
#include "blas.h"
#include "runtime.h"

namespace adora::backends::cuda {
namespace {
Fault* the_fault = nullptr;
bool replayed = false;  ///< since throw_faults
}  // namespace

void begin_recording() {
  blas(), blas_lt();  // what they take on their first use can't be recorded
  if (!the_fault) {
    check_status(cudaMalloc(&the_fault, sizeof(Fault)), "allocating");
    check_status(cudaMemsetAsync(the_fault, 0, sizeof(Fault), stream()), "filling");
  }
  check_status(cudaStreamBeginCapture(stream(), cudaStreamCaptureModeRelaxed), "beginning to record a graph");
}

void* end_recording(bool keep) {
  cudaGraph_t graph = nullptr;
  const cudaError_t status = cudaStreamEndCapture(stream(), &graph);
  if (!keep) {
    cudaGetLastError();
    if (graph) cudaGraphDestroy(graph);
    return nullptr;
  }
  check_status(status, "recording a graph");
  cudaGraphExec_t ready = nullptr;
  const cudaError_t made = cudaGraphInstantiate(&ready, graph, 0);
  cudaGraphDestroy(graph);
  check_status(made, "making a graph ready");
  return ready;
}

void replay(void* graph) {
  check_status(cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph), stream()), "starting a graph");
  replayed = true;
  if (waits_for_kernels()) synchronize();
}

void discard(void* graph) { cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(graph)); }

void write(std::uint64_t* device, std::uint64_t number) {
  // The number has been read when the call returns.
  check_status(cudaMemcpyAsync(device, &number, sizeof number, cudaMemcpyHostToDevice, stream()),
               "copying to the device");
}

Fault* fault_on_device() { return the_fault; }

void throw_faults() {
  if (!replayed) return;
  replayed = false;
  Fault found{};
  auto copy = [&](void* to, const void* from, cudaMemcpyKind kind) {
    check_status(cudaMemcpyAsync(to, from, sizeof found, kind, stream()), "reading from the device");
    check_status(cudaStreamSynchronize(stream()), "waiting for the device");
  };
  copy(&found, the_fault, cudaMemcpyDeviceToHost);
  if (!found.op) return;
  const Fault none{};
  copy(the_fault, &none, cudaMemcpyHostToDevice);
  fail("{}: a recorded graph met the index {}, which is out of range; a valid one was taken in its place", found.op,
       found.index);
}

}  // namespace adora::backends::cuda
