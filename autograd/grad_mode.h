#pragma once

namespace adora {

namespace detail {
inline thread_local bool recording = true;
}

/// Whether operations on this thread record how to differentiate them.
inline bool grad_enabled() { return detail::recording; }

/// Sets recording for as long as the object lives.
class GradMode {
 public:
  explicit GradMode(bool enabled) : before_(detail::recording) { detail::recording = enabled; }
  ~GradMode() { detail::recording = before_; }
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool before_;
};

/// While one lives, nothing on this thread is recorded: no gradients, no saved tensors.
class NoGrad : GradMode {
 public:
  NoGrad() : GradMode(false) {}
};

}  // namespace adora
