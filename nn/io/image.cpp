#include "image.h"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "../../ops/index.h"
#include "../../ops/view.h"
#include "atomic_file.h"
#include "file.h"

namespace adora {
namespace {

// What a file's bytes can hold at most, so that memory is asked for within reason: deflate makes 1032 bytes of one, and
// a JPEG has a bit at least for each 8 by 8 pixels.
constexpr std::uint64_t most_png_bytes = 1032, most_jpeg_pixels = 512;

/// Rows of pixels [height, width, channels] as planes.
Tensor planes(const Tensor& pixels) { return contiguous(permute(pixels, {2, 0, 1})); }

Tensor read_png(std::string_view bytes, const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> freed(&image, png_image_free);
  check(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) != 0, "{}: is no PNG file: {}", path,
        image.message);
  const bool color = (image.format & PNG_FORMAT_FLAG_COLOR) != 0;
  const std::uint64_t pixels = std::uint64_t{image.width} * image.height;
  // A pixel takes a bit at least.
  check(pixels / 8 / most_png_bytes <= bytes.size(),
        "{}: is said to have {} x {} pixels, more than its {} bytes can hold", path, image.width, image.height,
        bytes.size());
  image.format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  const std::int64_t channels = color ? 3 : 1;
  const Tensor x = empty({image.height, image.width, channels}, uint8, cpu);
  const png_color background{0, 0, 0};
  check(png_image_finish_read(&image, &background, x.raw(), 0, nullptr) != 0, "{}: cannot be read: {}", path,
        image.message);
  return planes(x);
}

Tensor read_jpeg(std::string_view bytes, const std::string& path) {
  const std::unique_ptr<void, decltype(&tjDestroy)> decoder(tjInitDecompress(), tjDestroy);
  check(decoder != nullptr, "{}: there is no memory for reading it", path);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0, height = 0, sampling = 0, space = 0;
  check(tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &sampling, &space) == 0,
        "{}: is no JPEG file: {}", path, tjGetErrorStr2(decoder.get()));
  check(space != TJCS_CMYK && space != TJCS_YCCK, "{}: has the colors of print (CMYK); convert it to RGB", path);
  const auto pixels = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  check(pixels / most_jpeg_pixels <= bytes.size(),
        "{}: is said to have {} x {} pixels, more than its {} bytes can hold", path, width, height, bytes.size());
  const bool color = space != TJCS_GRAY;
  const Tensor x = empty({height, width, color ? 3 : 1}, uint8, cpu);
  check(tjDecompress2(decoder.get(), data, bytes.size(), x.data<std::uint8_t>(), width, 0, height,
                      color ? TJPF_RGB : TJPF_GRAY, TJFLAG_STOPONWARNING | TJFLAG_ACCURATEDCT) == 0,
        "{}: cannot be read: {}", path, tjGetErrorStr2(decoder.get()));
  return planes(x);
}

/// uint8 [height, width, channels]
Tensor pixels_of(const Tensor& x) {
  const Tensor picture = x.ndim() == 2 ? unsqueeze(x, 0) : x;
  check(picture.ndim() == 3 && (picture.size(0) == 1 || picture.size(0) == 3) && picture.numel() > 0,
        "write_png: a picture is [3, height, width], [1, height, width] or [height, width], not {}", describe(x));
  const Tensor rows = contiguous(to(permute(picture.detach(), {1, 2, 0}), cpu));
  if (x.dtype() == uint8) return rows;
  check(is_floating(x.dtype()), "write_png: pixels are uint8 or floating numbers from 0 to 1, not {}", name(x.dtype()));
  const Tensor wide = to(rows, float32), result = empty(rows.shape(), uint8, cpu);
  const float* from = wide.data<float>();
  auto* byte = result.data<std::uint8_t>();
  for (std::int64_t i = 0; i < wide.numel(); ++i)
    byte[i] = from[i] > 0 ? static_cast<std::uint8_t>(std::min(from[i], 1.0f) * 255 + 0.5f) : 0;
  return result;
}

}  // namespace

Tensor read_image(const std::string& path) {
  NoGrad no_grad;
  const MappedFile file(path);
  if (file.text().starts_with("\x89PNG")) return read_png(file.text(), path);
  check(file.text().starts_with("\xff\xd8"), "{}: is neither a PNG nor a JPEG file", path);
  return read_jpeg(file.text(), path);
}

std::string png_bytes(const Tensor& x) {
  NoGrad no_grad;
  check_inputs("write_png", {&x});
  const Tensor pixels = pixels_of(x);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  check(pixels.size(0) <= 0x7fffffff && pixels.size(1) <= 0x7fffffff, "write_png: {} is too large for a PNG file",
        describe(x));
  image.height = static_cast<png_uint_32>(pixels.size(0)), image.width = static_cast<png_uint_32>(pixels.size(1));
  image.format = pixels.size(2) == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  check(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.raw(), 0, nullptr) != 0,
        "write_png: {} cannot be compressed: {}", describe(x), image.message);
  bytes.resize(size);
  return bytes;
}

void write_png(const std::string& path, const Tensor& x) { write_file(path, png_bytes(x)); }

Tensor image_grid(const Tensor& x, std::int64_t columns, std::int64_t gap) {
  NoGrad no_grad;
  check_inputs("image_grid", {&x});
  check(x.ndim() == 4 && x.size(0) > 0, "image_grid: takes pictures [N, C, H, W], at least one, not {}", describe(x));
  check(columns > 0 && gap >= 0, "image_grid: {} columns with a gap of {} cannot be", columns, gap);
  const std::int64_t across = std::min(columns, x.size(0)), down = (x.size(0) + across - 1) / across;
  const std::int64_t height = x.size(2) + gap, width = x.size(3) + gap;
  const Tensor grid = zeros({x.size(1), down * height - gap, across * width - gap}, x.dtype(), x.device());
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    const std::int64_t top = i / across * height, left = i % across * width;
    copy_(slice(slice(grid, 1, top, top + x.size(2)), 2, left, left + x.size(3)), select(x.detach(), 0, i));
  }
  return grid;
}

}  // namespace adora
