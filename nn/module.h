#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "state_dict.h"

namespace adora {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// How new weights are made.
struct WeightOptions {
  DType dtype = float32;
  Device device = default_device();
};

/// A part of a network: parameters (trained), buffers (kept with them but not trained)
/// and other modules, each under a name. A class derives from it, holds its tensors and
/// parts as members and names them in its constructor:
///
///     struct Mlp : Module {
///       explicit Mlp(Generator& g) : up(2, 16, g), down(16, 1, g) { child("up", up), child("down", down); }
///       Tensor operator()(const Tensor& x) const { return down(relu(up(x))); }
///       Linear up, down;
///     };
///
/// Names join with dots ("up.weight"). A module stays where it was made (members are
/// known by address), so it can be neither copied nor moved.
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Every parameter of this module and those under it, in the order they were named. One
  /// that appears in two places (tied weights) is listed once, under its first name.
  std::vector<NamedTensor> named_parameters() const;
  Tensors parameters() const;
  /// Those of them that require a gradient.
  std::vector<NamedTensor> trainable_parameters() const;
  /// This module, under the empty name, and every one below it.
  std::vector<std::pair<std::string, Module*>> named_modules();

  /// Parameters and buffers by name: handles on the tensors, not copies.
  StateDict state_dict() const;
  /// Takes over the numbers of `state`, converted to the dtype there is. An error that names the
  /// keys, and changes nothing, where one is missing, surplus or has another shape. Tensors
  /// that are on the shape-only device get memory on the device of `state`.
  void load_state_dict(const StateDict& state);

  /// Training mode (dropout acts) or evaluation mode, here and below.
  void train(bool training = true);
  void eval() { train(false); }
  bool training() const { return training_; }

  /// Converts every floating parameter and buffer, or moves all of them. Tensors taken out
  /// before are the old ones.
  void to(DType dtype);
  void to(Device device);
  /// Whether parameters here and below are trained. An error where that can't be, as with a quantised weight.
  void requires_grad(bool required);
  void zero_grad();

 protected:
  /// Each names a member of the derived class. An undefined tensor (no bias) is left out.
  void parameter(std::string name, Tensor& member);
  /// What `keeps_dtype` is not converted by to(dtype).
  void buffer(std::string name, Tensor& member, bool keeps_dtype = false);
  void child(std::string name, Module& member);
  void forget_child(const Module& member);
  /// Throws where what this module itself holds, under the name `path`, can't be trained.
  virtual void check_trainable(const std::string& path) const { (void)path; }

 private:
  struct Slot {
    std::string name;
    Tensor* tensor;
    bool is_parameter;
    bool keeps_dtype = false;
  };
  template <class F> void walk(const std::string& prefix, F&& f) const;
  template <class F> void replace(F&& f);
  std::vector<std::pair<std::string, Tensor*>> slots(bool buffers) const;
  bool keeps_dtype(const Tensor& x) const;

  std::vector<Slot> slots_;
  std::vector<std::pair<std::string, Module*>> children_;
  bool training_ = true;
};

}  // namespace adora
