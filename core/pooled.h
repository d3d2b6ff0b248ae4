#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ADORA_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ADORA_SANITIZED 1
#endif
#endif

namespace adora {
namespace detail {

/// Pieces of memory of one size that a thread has given back, to be handed out again: a step of a small model makes and
/// drops some hundred tensors, more than the C library keeps at hand. Where a sanitizer watches, nothing is kept.
template <std::size_t size> class Pool {
 public:
  static void* take() {
#ifndef ADORA_SANITIZED
    if (Piece* const piece = here.first) {
      here.first = piece->next;
      --here.count;
      return piece;
    }
#endif
    return ::operator new(size);
  }

  static void give_back(void* memory) noexcept {
#ifndef ADORA_SANITIZED
    if (!here.ended && here.count < most) {
      if (here.count == 0) static_cast<void>(&at_end);  // made when the thread first keeps something
      here.first = new (memory) Piece{here.first};
      ++here.count;
      return;
    }
#endif
    ::operator delete(memory);
  }

 private:
  static constexpr int most = 4096;

  struct Piece {
    Piece* next;
  };
  /// Without a destructor, so that what is dropped after the thread's other variables still finds it.
  struct Kept {
    Piece* first;
    int count;
    bool ended;
  };
  struct AtEnd {
    ~AtEnd() {
      here.ended = true;
      while (Piece* const piece = here.first) {
        here.first = piece->next;
        ::operator delete(piece);
      }
      here.count = 0;
    }
  };
  static inline constinit thread_local Kept here{};
  static inline thread_local AtEnd at_end{};
};

template <class T> struct PoolAllocator {
  using value_type = T;

  PoolAllocator() = default;
  template <class U> PoolAllocator(const PoolAllocator<U>&) {}

  T* allocate(std::size_t n) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    return static_cast<T*>(n == 1 ? Pool<sizeof(T)>::take() : ::operator new(n * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t n) noexcept {
    if (n == 1) Pool<sizeof(T)>::give_back(memory);
    else ::operator delete(memory);
  }

  template <class U> friend bool operator==(const PoolAllocator&, const PoolAllocator<U>&) { return true; }
};

}  // namespace detail

/// std::make_shared with memory that the thread keeps for the next of the kind.
template <class T, class... Arguments> std::shared_ptr<T> make_pooled(Arguments&&... arguments) {
  return std::allocate_shared<T>(detail::PoolAllocator<T>(), std::forward<Arguments>(arguments)...);
}

}  // namespace adora
