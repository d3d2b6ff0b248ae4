#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../core/quantized_matrix.h"
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
/// known by address), so it can be neither copied nor moved. A member that is not named is
/// no part of it: it is neither trained nor saved.
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
  /// Takes over the numbers of `state`, converted to the dtype there is; see match_state_dict, which throws beginning
  /// with `where`. Changes everything or nothing. Tensors that are on the shape-only device get memory on the device of
  /// `state`.
  void load_state_dict(const StateDict& state, const std::string& where = "load_state_dict");
  /// The tensors that load_state_dict needs: those of state_dict(), and the further names that tied ones have.
  StateDictTarget state_dict_target() const;

  /// Training mode (dropout acts) or evaluation mode, here and below.
  void train(bool training = true);
  void eval() { train(false); }
  bool training() const { return training_; }

  /// Converts every floating parameter and buffer, or moves all of them. Tensors taken out
  /// before are the old ones, and so are those of an optimizer that was made before.
  void to(DType dtype);
  void to(Device device);
  /// Whether parameters here and below are trained. An error where that can't be, as with a quantized weight.
  void requires_grad(bool required);
  void zero_grad();

 protected:
  // Each of these names a member of the derived class. An error where the name is empty, has a dot or is taken in this
  // module: two tensors of one name could not both be saved.

  /// An undefined tensor (no bias) is left out.
  void parameter(std::string name, Tensor& member);
  /// With `keeps_dtype`, to(dtype) leaves it as it is.
  void buffer(std::string name, Tensor& member, bool keeps_dtype = false);
  /// A quantized matrix in place of the undefined tensor of that name: NAME.codes, NAME.scales and NAME.tops
  /// (the groups' scales).
  void buffer(const std::string& name, QuantizedMatrix& member);
  /// An error, too, where this module is `member` or a part of it.
  void child(std::string name, Module& member);
  /// A list of parts: NAME.0, NAME.1, …
  template <class M> void children(const std::string& name, const std::vector<std::unique_ptr<M>>& members) {
    check_name(name);
    for (std::size_t i = 0; i < members.size(); ++i) {
      check(members[i] != nullptr, "a module's part '{}.{}' is null; make it first", name, i);
      add_child(name + "." + std::to_string(i), *members[i]);
    }
  }
  void forget_child(const Module& member);
  /// Throws where what this module itself holds, under the name `path`, can't be trained.
  virtual void check_trainable(const std::string& path) const { (void)path; }

  // The functions of these names for tensors, which the members above would hide from a derived class.
  static Tensor to(const Tensor& x, DType dtype);
  static Tensor to(const Tensor& x, Device device);
  static Tensor requires_grad(const Tensor& x, bool required = true);

 private:
  struct Slot {
    std::string name;
    Tensor* tensor;
    bool is_parameter;
    bool keeps_dtype = false;
  };
  void check_name(const std::string& name) const;
  void add_child(std::string name, Module& member);
  template <class F> void walk(const std::string& prefix, F&& f) const;
  template <class F> void replace(F&& f);
  std::vector<std::pair<std::string, Tensor*>> slots(bool buffers) const;
  bool keeps_dtype(const Tensor& x) const;

  std::vector<Slot> slots_;
  std::vector<std::pair<std::string, Module*>> children_;
  bool training_ = true;
};

}  // namespace adora
