#include "backends/kernel.h"

#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("what a device reports while a kernel is started names the operation and its tensors", "[cpu]") {
  backends::Kernel<const Tensor&, int, std::span<const Tensor>> mix("mix");
  mix.on(DeviceType::cpu, [](const Tensor&, int, std::span<const Tensor>) {
    throw DeviceError("CUDA, starting a kernel: out of luck");
  });
  const Tensors more(20, zeros({7}, float64));
  const auto text = [&] {
    try {
      mix(zeros({2, 3}), 1, more);
    } catch (const DeviceError&) {
      return std::string("still the device's own error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  }();
  CHECK(text.starts_with("mix of float32 [2, 3] on cpu, float64 [7] on cpu"));
  CHECK(text.ends_with("…: CUDA, starting a kernel: out of luck"));
  CHECK(text.size() < 400);
}

TEST_CASE("an error that a kernel finds by itself is passed on as it is", "[cpu]") {
  backends::Kernel<const Tensor&> strict("strict");
  strict.on(DeviceType::cpu, [](const Tensor&) { fail("strict: index 7 is too large"); });
  CHECK_THROWS_WITH(strict(zeros({2})), "strict: index 7 is too large");
}
