#pragma once
#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <thread>
#include <typeinfo>
#include <utility>
#include <vector>

#include "../core/quantized_matrix.h"
#include "state_dict.h"

namespace adora {

class Module;

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// How new weights are made.
struct WeightOptions {
  DType dtype = float32;
  Device device = default_device();
};

namespace detail {
struct LiveModules;
class OtherParameters;

/// A module and the memory of the object that it is the base of; of 0 bytes where that isn't known.
struct PlacedModule {
  Module* module;
  const void* object;
  std::size_t bytes;
};

/// How a vector of modules is read whose type is no longer known.
struct ModuleVector {
  std::size_t (*size)(const void* vector);
  PlacedModule (*at)(void* vector, std::size_t i);
};

/// A named tensor.
struct ModuleSlot {
  std::string name;
  Tensor* tensor;
  bool is_parameter;
  bool keeps_dtype = false;
  std::vector<Tensor>* list = nullptr;  ///< or these
};

/// A named module, or a list of them.
struct ModulePart {
  std::string name;
  Module* module = nullptr;   ///< null: it is a list, or was destroyed
  std::ptrdiff_t object = 0;  ///< where the object of a single part begins, seen from the module
  std::size_t bytes = 0;      ///< and how large it is; 0 where that isn't known
  void* list = nullptr;
  const ModuleVector* read = nullptr;
  /// Where the module that has this part was moved, how far, until the part has moved with it; 0: nowhere.
  std::ptrdiff_t on_the_way = 0;
};
}  // namespace detail

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
/// Names join with dots ("up.weight"). A module can be moved, and so kept in a std::vector: its names then mean the
/// members of the new object, and the old one has none. It can't be copied: load_state_dict copies its numbers.
///
/// A member that is not named is no part of it: it would be neither trained nor saved. The functions that list
/// parameters throw, naming the class, where a module was made while another's constructor ran and still lives, but is
/// no part of anything and was never itself asked for its parameters; or lies inside a part without being one. What
/// they can't see: a tensor that was not named, a module that got its place after the constructor ended, and members of
/// a module that has been moved unless it is a part of another.
class Module {
 public:
  Module();
  virtual ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Every parameter of this module and those under it, in the order they were named. One
  /// that appears in two places (tied weights) is listed once, under its first name. `caller` is left as it is: by it a
  /// constructor is known that has not named all its members yet.
  std::vector<NamedTensor> named_parameters(const char* caller = __builtin_FUNCTION()) const;
  Tensors parameters(const char* caller = __builtin_FUNCTION()) const;
  /// Those of them that require a gradient.
  std::vector<NamedTensor> trainable_parameters(const char* caller = __builtin_FUNCTION()) const;
  /// This module, under the empty name, and every one below it.
  std::vector<std::pair<std::string, Module*>> named_modules();

  /// Parameters and buffers by name: handles on the tensors, not copies.
  StateDict state_dict(const char* caller = __builtin_FUNCTION()) const;
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

  /// What this module says of itself where it is printed, as Linear says "2 → 16".
  virtual std::string extra_repr() const { return {}; }

 protected:
  // Protected, so that no more than the base of an object is moved by nobody.
  Module(Module&& other) noexcept;
  Module& operator=(Module&& other) noexcept;

  // Each of these names a member of the derived class. An error where the name is empty, has a dot or is taken in this
  // module: two tensors of one name could not both be saved. A tensor, and a vector, is a member of the object itself,
  // with which it moves; a module may lie anywhere. `caller` is left as it is.

  /// An undefined tensor (no bias) is left out.
  void parameter(std::string name, Tensor& member, const char* caller = __builtin_FUNCTION());
  /// A list of them: NAME.0, NAME.1, … The vector may grow, shrink and be assigned later.
  void parameters(std::string name, std::vector<Tensor>& members, const char* caller = __builtin_FUNCTION());
  /// With `keeps_dtype`, to(dtype) leaves it as it is.
  void buffer(std::string name, Tensor& member, bool keeps_dtype = false, const char* caller = __builtin_FUNCTION());
  /// A quantized matrix in place of the undefined tensor of that name: NAME.codes, NAME.scales and NAME.tops
  /// (the groups' scales).
  void buffer(const std::string& name, QuantizedMatrix& member);
  /// An error, too, where this module is `member` or a part of it. Where the member has been destroyed without
  /// forget_child, whoever walks the parts gets an error that names it.
  template <std::derived_from<Module> M>
  void child(std::string name, M& member, const char* caller = __builtin_FUNCTION()) {
    add_child(std::move(name), placed(member), caller);
  }
  /// A list of parts: NAME.0, NAME.1, … The vector may grow, shrink and be assigned later: its elements of the moment
  /// are the parts.
  template <std::derived_from<Module> M>
  void children(std::string name, std::vector<M>& members, const char* caller = __builtin_FUNCTION()) {
    static constexpr detail::ModuleVector read{
        [](const void* v) { return static_cast<const std::vector<M>*>(v)->size(); },
        [](void* v, std::size_t i) { return placed((*static_cast<std::vector<M>*>(v))[i]); }};
    add_children(std::move(name), &members, read, caller);
  }
  template <std::derived_from<Module> M>
  void children(std::string name, std::vector<std::unique_ptr<M>>& members, const char* caller = __builtin_FUNCTION()) {
    using Vector = std::vector<std::unique_ptr<M>>;
    static constexpr detail::ModuleVector read{[](const void* v) { return static_cast<const Vector*>(v)->size(); },
                                               [](void* v, std::size_t i) {
                                                 const std::unique_ptr<M>& member = (*static_cast<Vector*>(v))[i];
                                                 return member ? placed(*member) : detail::PlacedModule{};
                                               }};
    add_children(std::move(name), &members, read, caller);
  }
  void forget_child(const Module& member);
  /// Says that a member is no part of this module on purpose, such as a teacher that is neither trained nor saved.
  static void leave_out(const Module& member) { member.asked_ = true; }
  /// Throws where what this module itself holds, under the name `path`, can't be trained.
  virtual void check_trainable(const std::string& path) const { (void)path; }

  // The functions of these names for tensors, which the members above would hide from a derived class.
  static Tensor to(const Tensor& x, DType dtype);
  static Tensor to(const Tensor& x, Device device);
  static Tensor requires_grad(const Tensor& x, bool required = true);

 private:
  /// The object is exactly an M where its dynamic type is.
  template <class M> static detail::PlacedModule placed(M& member) {
    return {&member, &member, typeid(member) == typeid(M) ? sizeof(M) : 0};
  }
  void check_name(const std::string& name) const;
  void add_slot(detail::ModuleSlot slot, const char* caller);
  void add_child(std::string name, detail::PlacedModule member, const char* caller);
  void add_children(std::string name, void* list, const detail::ModuleVector& read, const char* caller);
  void check_no_part_of(Module& member, const std::string& name);
  void named_something(const char* caller);
  bool in_constructor(const char* caller) const;

  void take_over(Module& other);
  void drop_parts();
  void replace_holder(const Module* before, Module* now);
  void check_not_sliced() const;

  void each_part(const std::function<void(const std::string& name, const detail::PlacedModule&)>& f) const;
  template <class F> void walk(const std::string& prefix, F&& f) const;
  template <class F> void replace(F&& f);
  std::vector<std::pair<std::string, Tensor*>> slots(bool buffers) const;
  bool keeps_dtype(const Tensor& x) const;
  StateDict state() const;
  void print(std::string& text, const std::string& name, int depth) const;

  void asked(const char* function, const char* caller) const;
  void check_all_named(const char* function) const;
  [[noreturn]] void refuse_unnamed(const char* function, const Module& member) const;
  bool is_in_a_list() const;

  std::vector<detail::ModuleSlot> slots_;
  std::vector<detail::ModulePart> parts_;
  std::vector<Module*> holders_;  ///< those that this is a part of by itself, each as often as it is
  const std::type_info* moved_from_ = nullptr;
  bool training_ = true;
  bool moved_out_ = false;  ///< its members have gone to another

  // For finding members that were not named: live_modules.cpp.
  friend struct detail::LiveModules;
  friend class detail::OtherParameters;  // functional_call.h
  friend std::string to_string(const Module& module);
  std::uint64_t born_ = 0;
  std::uint64_t named_until_ = 0;  ///< when the constructor last named something
  std::thread::id thread_;
  mutable std::atomic<bool> asked_ = false;         ///< itself for its parameters
  mutable std::atomic<std::uint64_t> checked_ = 0;  ///< at that time nothing below was missing
};

/// The module and those below it, a line each: its name and class, what it says of itself, and how many numbers its
/// parameters have, those of tied ones counted at each place.
///
///     Mlp: 65 parameters
///       up: Linear [2 → 16], 48 parameters
///       down: Linear [16 → 1], 17 parameters
std::string to_string(const Module& module);
std::ostream& operator<<(std::ostream& out, const Module& module);
/// The name of a module's class, without namespaces and template arguments: "Linear".
std::string class_name(const Module& module);

}  // namespace adora

template <std::derived_from<adora::Module> M> struct fmt::formatter<M> : adora::detail::Formatter<adora::Module> {};
