#include "gguf_blocks.h"

#include <algorithm>
#include <map>

#include "../../backends/cpu/parallel.h"

namespace adora {
namespace {

std::map<std::uint32_t, GgufType>& types() {
  static std::map<std::uint32_t, GgufType> all;
  return all;
}

/// Blocks that are worth a thread.
std::int64_t grain_of(const GgufType& type) { return std::max<std::int64_t>(1, 16384 / type.numbers); }

constexpr std::size_t largest_block = 256;

const RegisterGgufType plain[]{
    RegisterGgufType({.number = 0, .name = "F32", .bytes = 4, .dtype = float32}),
    RegisterGgufType({.number = 1, .name = "F16", .bytes = 2, .dtype = float16}),
    RegisterGgufType({.number = 26, .name = "I32", .bytes = 4, .dtype = int32}),
    RegisterGgufType({.number = 27, .name = "I64", .bytes = 8, .dtype = int64}),
    RegisterGgufType({.number = 28, .name = "F64", .bytes = 8, .dtype = float64}),
    RegisterGgufType({.number = 30, .name = "BF16", .bytes = 2, .dtype = bfloat16}),
};

/// Those whose sizes are known, so that the tensors around them can be read.
const RegisterGgufType unread[]{
    RegisterGgufType({.number = 9, .name = "Q8_1", .numbers = 32, .bytes = 36}),
    RegisterGgufType({.number = 15, .name = "Q8_K", .numbers = 256, .bytes = 292}),
    RegisterGgufType({.number = 16, .name = "IQ2_XXS", .numbers = 256, .bytes = 66}),
    RegisterGgufType({.number = 17, .name = "IQ2_XS", .numbers = 256, .bytes = 74}),
    RegisterGgufType({.number = 18, .name = "IQ3_XXS", .numbers = 256, .bytes = 98}),
    RegisterGgufType({.number = 19, .name = "IQ1_S", .numbers = 256, .bytes = 50}),
    RegisterGgufType({.number = 20, .name = "IQ4_NL", .numbers = 32, .bytes = 18}),
    RegisterGgufType({.number = 21, .name = "IQ3_S", .numbers = 256, .bytes = 110}),
    RegisterGgufType({.number = 22, .name = "IQ2_S", .numbers = 256, .bytes = 82}),
    RegisterGgufType({.number = 23, .name = "IQ4_XS", .numbers = 256, .bytes = 136}),
    RegisterGgufType({.number = 24, .name = "I8"}),
    RegisterGgufType({.number = 25, .name = "I16", .bytes = 2}),
    RegisterGgufType({.number = 29, .name = "IQ1_M", .numbers = 256, .bytes = 56}),
    RegisterGgufType({.number = 34, .name = "TQ1_0", .numbers = 256, .bytes = 54}),
    RegisterGgufType({.number = 35, .name = "TQ2_0", .numbers = 256, .bytes = 66}),
    RegisterGgufType({.number = 39, .name = "MXFP4", .numbers = 32, .bytes = 17}),
    RegisterGgufType({.number = 40, .name = "NVFP4", .numbers = 64, .bytes = 36}),
    RegisterGgufType({.number = 41, .name = "Q1_0", .numbers = 128, .bytes = 18}),
};

}  // namespace

RegisterGgufType::RegisterGgufType(GgufType type) {
  check(type.numbers > 0 && type.numbers <= largest_block, "RegisterGgufType: {}: a block of {} numbers", type.name,
        type.numbers);
  const std::uint32_t number = type.number;
  types()[number] = std::move(type);
}

const GgufType* find_gguf_type(std::uint32_t number) {
  const auto found = types().find(number);
  return found == types().end() ? nullptr : &found->second;
}

const GgufType* find_gguf_type(const std::string& name) {
  for (const auto& [number, type] : types())
    if (type.name == name) return &type;
  return nullptr;
}

std::string gguf_types_read() {
  std::string names;
  for (const auto& [number, type] : types())
    if (type.is_read()) names += (names.empty() ? "" : ", ") + type.name;
  return names;
}

void decode_gguf_blocks(const GgufType& type, const std::byte* blocks, std::int64_t count, const Tensor& numbers) {
  check(type.decode != nullptr, "decode_gguf_blocks: {} is not decoded", type.name);
  check(numbers.numel() == count * type.numbers, "decode_gguf_blocks: {} blocks of {} numbers are not {}", count,
        type.numbers, numbers.numel());
  visit(numbers.dtype(), [&]<class T>() {
    T* target = numbers.data<T>();
    backends::cpu::parallel_for(count, grain_of(type), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        if constexpr (std::is_same_v<T, float>) {
          type.decode(blocks + i * type.bytes, target + i * type.numbers);
        } else {
          float block[largest_block];
          type.decode(blocks + i * type.bytes, block);
          std::transform(block, block + type.numbers, target + i * type.numbers,
                         [](float x) { return static_cast<T>(x); });
        }
      }
    });
  });
}

void encode_gguf_blocks(const GgufType& type, const float* numbers, std::int64_t count, std::byte* blocks) {
  check(type.encode != nullptr, "encode_gguf_blocks: {} is not encoded", type.name);
  backends::cpu::parallel_for(count, grain_of(type), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) type.encode(numbers + i * type.numbers, blocks + i * type.bytes);
  });
}

}  // namespace adora
