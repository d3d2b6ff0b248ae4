#include "device_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace emulator {
namespace {

constexpr std::size_t page = 4096, room = std::size_t{16} << 30;  ///< addresses; memory is taken when it is touched

std::recursive_mutex mutex;
int depth = 0;  ///< accesses under way, one within the other

/// One stretch of addresses, so that one call opens or closes all that was ever used.
struct Arena {
  unsigned char* begin = nullptr;
  std::size_t used = 0;                          ///< from the beginning on
  std::map<std::size_t, std::size_t> blocks;     ///< offset: bytes
  std::multimap<std::size_t, std::size_t> free;  ///< bytes: offset

  Arena() {
    void* data = mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) std::abort();
    begin = static_cast<unsigned char*>(data);
  }
  void protect(int how) const {
    if (used > 0 && mprotect(begin, used, how) != 0) std::abort();
  }
};

/// Null where memory is not guarded.
Arena* arena() {
  static Arena* const the_arena = [] {
    const char* guard = std::getenv("ADORA_EMULATOR_GUARD");
    return guard && std::string(guard) == "1" ? new Arena : nullptr;
  }();
  return the_arena;
}

}  // namespace

void* allocate(std::size_t bytes) {
  std::lock_guard lock(mutex);
  Arena* const all = arena();
  if (!all) return std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  bytes = (bytes / page + 1) * page;
  auto found = all->free.lower_bound(bytes);
  std::size_t at = all->used;
  if (found != all->free.end()) {
    at = found->second, bytes = found->first;
    all->free.erase(found);
  } else {
    if (bytes > room - all->used) return nullptr;
    all->used += bytes;
  }
  all->blocks[at] = bytes;
  return all->begin + at;
}

void release(void* data) {
  std::lock_guard lock(mutex);
  Arena* const all = arena();
  if (!all) return std::free(data);
  if (!data) return;
  const auto block = all->blocks.find(static_cast<std::size_t>(static_cast<unsigned char*>(data) - all->begin));
  if (block == all->blocks.end()) std::abort();
  madvise(data, block->second, MADV_DONTNEED);
  all->free.emplace(block->second, block->first);
  all->blocks.erase(block);
}

DeviceAccess::DeviceAccess() {
  mutex.lock();
  if (depth++ == 0 && arena()) arena()->protect(PROT_READ | PROT_WRITE);
}

DeviceAccess::~DeviceAccess() {
  if (--depth == 0 && arena()) arena()->protect(PROT_NONE);
  mutex.unlock();
}

}  // namespace emulator
