#include "windows.h"

#include "../backends/basic.h"
#include "view.h"

namespace adora::detail {

Shape for_each_axis(const char* op, const char* what, const Shape& sizes, int axes, std::int64_t least) {
  check(sizes.size() == 1 || sizes.size() == axes, "{}: {} {} must be one number, or one for each of {} spatial axes",
        op, what, sizes, axes);
  for (std::int64_t size : sizes)
    check(size >= least && size <= most_places, "{}: {} {} must be from {} to {}", op, what, sizes, least, most_places);
  return sizes.size() == axes ? sizes : Shape::filled(axes, sizes[0]);
}

Tensor batch_of_images(const char* op, const Tensor& x, int axes) {
  check(is_floating(x.dtype()), "{}: works on floating tensors, not on {}; convert with to(x, float32)", op,
        describe(x));
  check(x.ndim() == axes + 1 || x.ndim() == axes + 2,
        "{}: {} must have {} dimensions, [batch, channels and {} spatial], or {} without the batch", op, describe(x),
        axes + 2, axes, axes + 1);
  for (int d = x.ndim() - axes; d < x.ndim(); ++d)
    check(x.shape()[d] >= 1 && x.shape()[d] <= most_places, "{}: the spatial sizes of {} must be from 1 to {}", op,
          describe(x), most_places);
  return x.ndim() == axes + 2 ? x : unsqueeze(x, 0);
}

Tensor as_given(const Tensor& y, const Tensor& x, int axes) { return x.ndim() == axes + 2 ? y : squeeze(y, 0); }

Tensor contiguous_as(const Tensor& x, const Shape& shape) {
  const Tensor y = backends::contiguous(x.detach());
  Layout layout = Layout::contiguous(shape);
  layout.offset = y.layout().offset;
  return y.with_layout(layout);
}

Tensor with_three_axes(const Tensor& x) {
  Shape shape = x.shape();
  while (shape.size() < 5) shape.insert(2, 1);
  return contiguous_as(x, shape);
}

Shape images_shape(const Tensor& x, const Shape& spatial) {
  Shape shape{x.shape()[0], x.shape()[1]};
  for (std::int64_t size : spatial) shape.push_back(size);
  return shape;
}

Shape sizes_in(const backends::Windows& w, int axes) {
  Shape sizes;
  for (int d = 3 - axes; d < 3; ++d) sizes.push_back(w.axis[d].in);
  return sizes;
}

Shape sizes_out(const backends::Windows& w, int axes) {
  Shape sizes;
  for (int d = 3 - axes; d < 3; ++d) sizes.push_back(w.axis[d].out);
  return sizes;
}

}  // namespace adora::detail
