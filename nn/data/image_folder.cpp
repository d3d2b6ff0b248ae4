#include "image_folder.h"

#include <algorithm>
#include <filesystem>

#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/broadcast.h"
#include "../../ops/creation.h"
#include "../../ops/reduce.h"
#include "../../ops/view.h"
#include "../io/image.h"

namespace fs = std::filesystem;

namespace adora {
namespace {

/// The paths in a folder that `wanted` is true of, sorted.
template <class Wanted> std::vector<fs::path> sorted_entries(const fs::path& folder, Wanted&& wanted) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (wanted(*at)) entries.push_back(at->path());
  }
  check(!error, "{}: cannot be read: {}", folder.string(), error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_picture(const fs::directory_entry& entry) {
  std::string ending = entry.path().extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  std::error_code error;
  return (ending == ".png" || ending == ".jpg" || ending == ".jpeg") && entry.is_regular_file(error);
}

}  // namespace

ImageFolder::ImageFolder(const std::string& root, bool gray) : gray_(gray) {
  for (const fs::path& folder : sorted_entries(root, [](const fs::directory_entry& entry) {
         std::error_code error;
         return entry.is_directory(error);
       })) {
    const std::vector<fs::path> pictures = sorted_entries(folder, is_picture);
    check(!pictures.empty(), "{}: has no .png, .jpg or .jpeg file", folder.string());
    for (const fs::path& picture : pictures)
      pictures_.push_back({picture.string(), static_cast<std::int64_t>(classes_.size())});
    classes_.push_back(folder.filename().string());
  }
  check(!classes_.empty(), "{}: has no folder; there is to be one for each class, with its pictures", root);
}

Tensors ImageFolder::get(std::int64_t i) const {
  check(i >= 0 && i < size(), "ImageFolder: there is no picture {}; there are {}", i, size());
  NoGrad no_grad;
  const Picture& picture = pictures_[static_cast<std::size_t>(i)];
  Tensor x = to(read_image(picture.path), float32) / 255;
  if (gray_ && x.size(0) == 3) x = sum(x * tensor<float>({0.299f, 0.587f, 0.114f}, {3, 1, 1}, cpu), {0}, true);
  if (!gray_ && x.size(0) == 1) x = contiguous(broadcast_to(x, {3, x.size(1), x.size(2)}));
  return {x, full({}, static_cast<double>(picture.label), int64, cpu)};
}

}  // namespace adora
