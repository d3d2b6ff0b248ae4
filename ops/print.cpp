#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "../autograd/grad_mode.h"
#include "../autograd/node.h"
#include "../autograd/variable.h"
#include "creation.h"
#include "index.h"

/// A tensor as PyTorch prints it (torch/_tensor_str.py says how: four digits, lines of 80 characters, three elements at
/// each end of a long dimension where there are more than 1000 in all). Dtypes and operations go by their names here.
namespace adora {
namespace {

constexpr std::int64_t threshold = 1000, edge = 3;
constexpr std::size_t line_width = 80;

/// Writes the elements of one tensor, all as wide as the widest.
class Elements {
 public:
  explicit Elements(const Tensor& x) : floating_(is_floating(x.dtype())), truths_(x.dtype() == boolean) {
    if (floating_) numbers_ = to_vector<double>(x);
    else whole_ = to_vector<std::int64_t>(x);
    std::vector<double> finite;
    for (double number : numbers_)
      if (std::isfinite(number) && number != 0) finite.push_back(number);
    if (!finite.empty()) choose_form(finite);
    // What is not finite, and 0, widens nothing.
    for (double number : finite) width_ = std::max(width_, text(number).size());
    for (std::int64_t number : whole_) width_ = std::max(width_, text(number).size());
  }

  std::size_t width() const { return width_; }
  std::string operator[](std::size_t i) const {
    const std::string unpadded = floating_ ? text(numbers_[i]) : text(whole_[i]);
    return std::string(width_ - std::min(width_, unpadded.size()), ' ') + unpadded;
  }

 private:
  void choose_form(const std::vector<double>& finite) {
    double least = std::abs(finite[0]), most = least;
    for (double number : finite) {
      least = std::min(least, std::abs(number)), most = std::max(most, std::abs(number));
      without_fraction_ = without_fraction_ && number == std::ceil(number);
    }
    scientific_ = most / least > 1000 || most > 1e8 || least < 1e-4;
  }

  std::string text(double number) const {
    if (!std::isfinite(number)) return std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
    if (scientific_) return fmt::format("{:.4e}", number);
    return without_fraction_ ? fmt::format("{:.0f}.", number) : fmt::format("{:.4f}", number);
  }
  std::string text(std::int64_t number) const {
    if (truths_) return number ? "True" : "False";
    return std::to_string(number);
  }

  bool floating_, truths_, without_fraction_ = true, scientific_ = false;
  std::vector<double> numbers_;      ///< of floating ones, row by row
  std::vector<std::int64_t> whole_;  ///< of others
  std::size_t width_ = 1;
};

/// The brackets of a tensor and the elements in them.
class Brackets {
 public:
  /// `shown` are the elements of a tensor of the shape `full` but those that are left out.
  Brackets(const Tensor& shown, const Shape& full) : elements_(shown), shape_(shown.shape()), full_(full) {}

  std::string text(std::size_t indent) { return part(0, indent); }

 private:
  bool is_cut(int dim) const { return shape_[dim] != full_[dim]; }

  std::string part(int dim, std::size_t indent) {
    if (dim == shape_.size()) return elements_[next_++];
    const bool last = dim + 1 == shape_.size();
    std::vector<std::string> parts;
    for (std::int64_t i = 0; i < shape_[dim]; ++i) {
      if (is_cut(dim) && i == edge) parts.push_back(last ? " ..." : "...");
      parts.push_back(part(dim + 1, indent + 1));
    }
    std::string new_line(",");
    new_line.append(last ? 1 : static_cast<std::size_t>(shape_.size() - dim - 1), '\n').append(indent + 1, ' ');
    const std::size_t room = line_width > indent ? line_width - indent : 0;
    const std::size_t in_a_line = last ? std::max<std::size_t>(1, room / (elements_.width() + 2)) : 1;
    std::string text = "[";
    for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : i % in_a_line ? ", " : new_line) + parts[i];
    return text + "]";
  }

  Elements elements_;
  Shape shape_, full_;
  std::size_t next_ = 0;
};

/// x, or where it is long the elements at the ends of its long dimensions.
Tensor shown_of(const Tensor& x) {
  if (x.numel() <= threshold) return x;
  Tensor shown = x;
  for (int d = 0; d < x.ndim(); ++d) {
    const std::int64_t size = x.shape()[d];
    if (size <= 2 * edge) continue;
    shown = index_select(shown, d, tensor<std::int64_t>({0, 1, 2, size - 3, size - 2, size - 1}, x.device()));
  }
  return shown;
}

bool has_numbers(const Tensor& x) { return x.device() != meta && x.numel() > 0; }

/// What PyTorch says behind the numbers where it can't be seen from them.
std::vector<std::string> remarks_on(const Tensor& x) {
  std::vector<std::string> remarks;
  if (x.device().type != default_device().type) remarks.push_back(fmt::format("device='{}'", x.device()));
  if (!has_numbers(x) && (x.device() == meta || x.ndim() != 1)) {
    std::string sizes;
    for (std::int64_t size : x.shape()) sizes += fmt::format("{}{}", sizes.empty() ? "" : ", ", size);
    remarks.emplace_back(fmt::format("size=({}{})", sizes, x.ndim() == 1 ? "," : ""));
  }
  // Numbers show that they are whole, or truths.
  const bool evident = x.dtype() == float32 || ((x.dtype() == int64 || x.dtype() == boolean) && has_numbers(x));
  if (!evident) remarks.emplace_back(fmt::format("dtype={}", x.dtype()));
  const AutogradMeta* meta_data = autograd_meta(x);
  if (meta_data && meta_data->node) remarks.emplace_back(fmt::format("grad_fn=<{}>", meta_data->node->op));
  else if (grad_required(x)) remarks.emplace_back("requires_grad=True");
  return remarks;
}

}  // namespace

std::string to_string(const Tensor& x) {
  check_inputs("to_string", {&x});
  NoGrad no_grad;
  const std::string prefix = "tensor(";
  std::string text = prefix;
  if (x.device() == meta) text += "...";
  else if (x.numel() == 0) text += "[]";
  else text += Brackets(shown_of(x.detach()), x.shape()).text(prefix.size());
  // Counted with the comma and the space that go on before, as PyTorch has it.
  std::size_t line = text.size() - (text.rfind('\n') + 1) + 2;
  for (const std::string& remark : remarks_on(x)) {
    const bool fits = line + 2 + remark.size() <= line_width;
    text += fits ? ", " : ",\n";
    if (!fits) text.append(prefix.size(), ' ');
    text += remark;
    line = (fits ? line + 2 : prefix.size()) + remark.size();
  }
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) {
  return x.defined() ? out << to_string(x) : out << std::string(describe(x));
}

}  // namespace adora
