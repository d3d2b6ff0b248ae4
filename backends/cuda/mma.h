#pragma once
#include "device_code.h"

/// The instructions of one warp that feed tensor cores, and copies that go on while a kernel computes. Each has a twin
/// for the emulator that does what the PTX ISA documents ("Warp-level matrix instructions", "Asynchronous copy"). They
/// need compute capability 8.0.
namespace adora::backends::cuda {

/// Two half-precision numbers as they lie in memory and, `low` in the lower bits, in a register.
template <class T> struct alignas(4) Two { T low, high; };

/// Two numbers rounded to T in a register.
template <class T> __device__ unsigned pack(float low, float high) {
#ifdef ADORA_CUDA_EMULATOR
  return T(low).bits | static_cast<unsigned>(T(high).bits) << 16;
#else
  unsigned both;
  if constexpr (std::is_same_v<T, bf16>) asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
  else asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
  return both;
#endif
}

#ifdef ADORA_CUDA_EMULATOR
/// Number i of those that lie two by two in registers.
template <class T> float unpack(const unsigned* registers, int i) {
  T value;
  value.bits = static_cast<std::uint16_t>(registers[i / 2] >> (i % 2 * 16));
  return value;
}
#endif

/// c += a·b for a warp: a [16, 16], b [16, 8] of T, c [16, 8] in float32, spread over the lanes. With g = lane / 4 and
/// t = lane % 4 ("Matrix Fragments for mma.m16n8k16 with floating point type") a lane holds
///   a[0]: row g, columns 2t and 2t + 1; a[1]: row g + 8 of these; a[2], a[3]: the same rows, columns 2t + 8 and 2t + 9
///   b0: column g, rows 2t and 2t + 1; b1: rows 2t + 8 and 2t + 9
///   c[0], c[1]: row g, columns 2t and 2t + 1; c[2], c[3]: row g + 8 of these.
template <class T> __device__ void warp_product(const unsigned (&a)[4], unsigned b0, unsigned b1, float (&c)[4]) {
#ifdef ADORA_CUDA_EMULATOR
  struct Given {
    unsigned a[4], b[2];
  } mine{{a[0], a[1], a[2], a[3]}, {b0, b1}}, all[32];
  emulator::gather(all_lanes, &mine, sizeof mine, all);
  const int g = emulator::lane() / 4, t = emulator::lane() % 4;
  for (int i = 0; i < 4; ++i) {
    const int row = g + i / 2 * 8, column = 2 * t + i % 2;
    float sum = c[i];
    for (int k = 0; k < 16; ++k) {
      const Given& of_a = all[row % 8 * 4 + k % 8 / 2];
      const Given& of_b = all[column * 4 + k % 8 / 2];
      sum += unpack<T>(of_a.a, (row / 8 + k / 8 * 2) * 2 + k % 2) * unpack<T>(of_b.b, k / 8 * 2 + k % 2);
    }
    c[i] = sum;
  }
#else
  if constexpr (std::is_same_v<T, bf16>) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
#endif
}

/// Four matrices [8, 8] of half-precision numbers in shared memory to a register each: lane i gives where row i % 8 of
/// matrix i / 8 begins (on a boundary of 16 bytes), and gets of every matrix row lane / 4, columns 2·(lane % 4) and the
/// next ("ldmatrix"). With `transposed` it gets that of the transposes: column lane / 4, rows 2·(lane % 4) and the
/// next.
template <bool transposed, class T> __device__ void load_matrices(unsigned (&to)[4], const T* row) {
#ifdef ADORA_CUDA_EMULATOR
  const T* rows[32];
  emulator::gather(all_lanes, &row, sizeof row, rows);
  const int g = emulator::lane() / 4, t = emulator::lane() % 4;
  for (int m = 0; m < 4; ++m) {
    const T* const* matrix = rows + m * 8;
    const T low = transposed ? matrix[2 * t][g] : matrix[g][2 * t];
    const T high = transposed ? matrix[2 * t + 1][g] : matrix[g][2 * t + 1];
    to[m] = low.bits | static_cast<unsigned>(high.bits) << 16;
  }
#else
  const auto at = static_cast<unsigned>(__cvta_generic_to_shared(row));
  if constexpr (transposed) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(at)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(at)
                 : "memory");
  }
#endif
}

/// Begins to copy `Bytes` (8 or 16, on such a boundary) to shared memory, or zeros where they are not `there`; `from`
/// has to point into memory all the same.
template <int Bytes> __device__ void copy_async(void* shared, const void* from, bool there) {
  static_assert(Bytes == 8 || Bytes == 16);
#ifdef ADORA_CUDA_EMULATOR
  emulator::copy_later(shared, from, Bytes, there ? Bytes : 0);
#else
  const auto to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  const int bytes = there ? Bytes : 0;
  if constexpr (Bytes == 16) {  // past the first cache: no thread reads them again
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(bytes) : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(from), "n"(Bytes), "r"(bytes)
                 : "memory");
  }
#endif
}

/// Makes a group of the copies this thread has begun since the last one.
__device__ inline void end_copy_group() {
#ifdef ADORA_CUDA_EMULATOR
  emulator::end_copies();
#else
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Waits until at most `left` of this thread's groups are under way. What other threads copied is there after a
/// barrier.
template <int left> __device__ void wait_for_copies() {
#ifdef ADORA_CUDA_EMULATOR
  emulator::wait_for_copies(left);
#else
  asm volatile("cp.async.wait_group %0;" ::"n"(left) : "memory");
#endif
}

/// 2ˣ within 2 units in the last place; 0 below -126.
__device__ inline float fast_exp2(float x) {
#ifdef ADORA_CUDA_EMULATOR
  return std::exp2(x);
#else
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#endif
}

}  // namespace adora::backends::cuda
