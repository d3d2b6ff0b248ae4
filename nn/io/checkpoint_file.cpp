#include "checkpoint_file.h"

#include <cstring>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "safetensors.h"

namespace adora {
namespace {

constexpr const char* checksum_key = "adora.checksum";

/// A checksum against damage, not against malice: 64 bits, each step of which can be undone, so that
/// no change of a single word goes unnoticed.
class Checksum {
 public:
  void add(const void* data, std::size_t bytes) {
    auto* at = static_cast<const unsigned char*>(data);
    for (; bytes >= 8; at += 8, bytes -= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      mix(word);
    }
    std::uint64_t last = bytes + 1;
    for (std::size_t i = 0; i < bytes; ++i) last = last << 8 | at[i];
    mix(last);
  }
  void add(const std::string& text) { add(text.data(), text.size()); }

  std::string text() const { return fmt::format("{:016x}", state_); }

 private:
  void mix(std::uint64_t word) {
    state_ = (state_ ^ word) * 0x9E3779B97F4A7C15u;  // odd, so that it can be undone: 2^64 / golden ratio
    state_ ^= state_ >> 29;
  }
  std::uint64_t state_ = 0x243F6A8885A308D3u;
};

std::string checksum(const StateDict& tensors, const std::map<std::string, std::string>& metadata) {
  Checksum sum;
  for (const auto& [key, value] : metadata) {
    if (key == checksum_key) continue;
    sum.add(key);
    sum.add(value);
  }
  for (const auto& [name, x] : tensors) {
    sum.add(name);
    sum.add(std::string(adora::name(x.dtype())) + to_string(x.shape()));
    sum.add(x.raw(), static_cast<std::size_t>(x.numel()) * size_of(x.dtype()));
  }
  return sum.text();
}

}  // namespace

void write_checkpoint(const std::string& path, const StateDict& tensors,
                      const std::map<std::string, std::string>& metadata) {
  NoGrad no_grad;
  StateDict rows;
  for (const auto& [name, x] : tensors) rows[name] = contiguous(to(x, cpu));
  auto all = metadata;
  all[checksum_key] = checksum(rows, metadata);
  write_safetensors(path, rows, all);
}

CheckpointFile read_checkpoint(const std::string& path) {
  SafetensorsReader reader(path);
  CheckpointFile file{reader.tensors(), reader.metadata()};
  auto sum = file.metadata.find(checksum_key);
  check(sum != file.metadata.end(), "{}: is no checkpoint of a training run", path);
  check(sum->second == checksum(file.tensors, file.metadata), "{}: is damaged: its checksum is wrong", path);
  file.metadata.erase(sum);
  NoGrad no_grad;
  for (auto& [name, x] : file.tensors) x = clone(x);
  return file;
}

}  // namespace adora
