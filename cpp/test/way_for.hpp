// A way of consuming operations behind one virtual call for each type, so that what drives cases
// is compiled once, and ways may come from any translation unit of the program.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tombolo/operation.hpp"

namespace tombolo_test {

/// Consumes operations of the types `T...`.
template <class... T>
class WayFor;

template <class T>
class WayFor<T> {
 public:
  virtual ~WayFor() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual tombolo::Result<T> consume(tombolo::Operation<T> op) const = 0;
};

template <class T, class... Rest>
class WayFor<T, Rest...> : public WayFor<Rest...> {
 public:
  using WayFor<Rest...>::consume;
  [[nodiscard]] virtual tombolo::Result<T> consume(tombolo::Operation<T> op) const = 0;
};

/// Implements `consume` of `Way` for every type by the one template `F::operator()`.
template <class F, class Way, class Base = Way>
class WayOf;

template <class F, class Way, class T>
class WayOf<F, Way, WayFor<T>> : public Way {
 public:
  using Way::consume;
  [[nodiscard]] std::string name() const override { return F::kName; }
  [[nodiscard]] tombolo::Result<T> consume(tombolo::Operation<T> op) const override {
    return F()(std::move(op));
  }
};

template <class F, class Way, class T, class... Rest>
class WayOf<F, Way, WayFor<T, Rest...>> : public WayOf<F, Way, WayFor<Rest...>> {
 public:
  using Way::consume;
  [[nodiscard]] tombolo::Result<T> consume(tombolo::Operation<T> op) const override {
    return F()(std::move(op));
  }
};

/// The ways of this program, for what `Way` consumes.
template <class Way>
std::vector<std::shared_ptr<const Way>>& ways() {
  static std::vector<std::shared_ptr<const Way>> all;
  return all;
}

template <class Way, class... F>
bool add_ways() {
  (ways<Way>().push_back(std::make_shared<WayOf<F, Way>>()), ...);
  return true;
}

}  // namespace tombolo_test
