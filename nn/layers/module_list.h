#pragma once
#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../module.h"

namespace adora {

/// Modules in a row, each a part named by its number: PyTorch's ModuleList, "0", "1", … below the list's own name.
/// They keep their places in memory as the list grows. Those of different classes are a ModuleList<Module>, or have
/// another base class in common.
///
///     struct Tower : Module {
///       explicit Tower(Generator& g) {
///         for (int i = 0; i < 4; ++i) layers.push_back(Linear(8, 8, g));
///         child("layers", layers);
///       }
///       ModuleList<Linear> layers;
///     };
template <class M> class ModuleList final : public Module {
  using Modules = std::vector<std::unique_ptr<M>>;

 public:
  ModuleList() = default;

  /// A module that is moved into the list; the one that lies there.
  template <std::derived_from<M> N> N& push_back(N&& module) {
    static_assert(!std::is_lvalue_reference_v<N>, "a module is moved into a list: push_back(std::move(module))");
    return push_back(std::make_unique<N>(std::move(module)));
  }
  template <std::derived_from<M> N> N& push_back(std::unique_ptr<N> module) {
    check(module != nullptr, "ModuleList: module {} is null; make it first", modules_.size());
    N& added = *module;
    child(std::to_string(modules_.size()), added);
    modules_.push_back(std::move(module));
    return added;
  }

  std::size_t size() const { return modules_.size(); }
  bool empty() const { return modules_.empty(); }
  /// An error where there is none.
  M& operator[](std::size_t i) { return at(i); }
  const M& operator[](std::size_t i) const { return at(i); }

  /// Over M&, in their order.
  template <class Value> struct Iterator {
    typename Modules::const_iterator at;
    Value& operator*() const { return **at; }
    Value* operator->() const { return at->get(); }
    Iterator& operator++() { return ++at, *this; }
    bool operator==(const Iterator&) const = default;
  };
  Iterator<M> begin() { return {modules_.begin()}; }
  Iterator<M> end() { return {modules_.end()}; }
  Iterator<const M> begin() const { return {modules_.begin()}; }
  Iterator<const M> end() const { return {modules_.end()}; }

 private:
  M& at(std::size_t i) const {
    check(i < modules_.size(), "ModuleList: there is no module {}; it has {}", i, modules_.size());
    return *modules_[i];
  }

  Modules modules_;
};

}  // namespace adora
