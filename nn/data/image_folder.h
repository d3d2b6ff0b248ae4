#pragma once
#include <string>

#include "dataset.h"

namespace adora {

/// Pictures sorted into folders, one a class: ROOT/CLASS/NAME.png (.jpg, .jpeg), classes and pictures in the order of
/// the alphabet. An example is the picture, float32 [3, height, width] from 0 to 1, or [1, height, width] in gray (the
/// luma of ITU-R BT.601), and its class's number, int64 []. They are read when asked for.
class ImageFolder : public Dataset {
 public:
  /// Throws `Error` naming the folder where it has no class, or a class no picture.
  explicit ImageFolder(const std::string& root, bool gray = false);
  std::int64_t size() const override { return static_cast<std::int64_t>(pictures_.size()); }
  Tensors get(std::int64_t i) const override;
  const std::vector<std::string>& classes() const { return classes_; }

 private:
  struct Picture {
    std::string path;
    std::int64_t label;
  };
  bool gray_;
  std::vector<std::string> classes_;
  std::vector<Picture> pictures_;
};

}  // namespace adora
