// The ways of consuming an operation, as objects: the conformance cases of ways_cases.hpp run every
// kind of operation through every one of them.
//
// To add a way, write a struct like those below and register it in the test program:
//   const bool kRegistered = add_way<MyWay>();
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coroutine.hpp"
#include "support.hpp"

namespace tombolo_test {

/// Consumes operations of the types `T...`.
template <class... T>
class WayFor;

template <class T>
class WayFor<T> {
 public:
  virtual ~WayFor() = default;
  [[nodiscard]] virtual const char* name() const = 0;
  [[nodiscard]] virtual tombolo::Result<T> consume(tombolo::Operation<T> op) const = 0;
};

template <class T, class... Rest>
class WayFor<T, Rest...> : public WayFor<Rest...> {
 public:
  using WayFor<Rest...>::consume;
  [[nodiscard]] virtual tombolo::Result<T> consume(tombolo::Operation<T> op) const = 0;
};

/// One way, for whatever the test core answers with.
using Way = WayFor<void, bool, std::int64_t, Number, double, std::string, Bytes, Pair,
                   std::optional<Number>, std::optional<Pair>>;

/// Implements `consume` for every type by the one template `F::operator()`.
template <class F, class Base>
class WayOf;

template <class F, class T>
class WayOf<F, WayFor<T>> : public Way {
 public:
  [[nodiscard]] const char* name() const override { return F::kName; }
  [[nodiscard]] tombolo::Result<T> consume(tombolo::Operation<T> op) const override {
    return F()(std::move(op));
  }
};

template <class F, class T, class... Rest>
class WayOf<F, WayFor<T, Rest...>> : public WayOf<F, WayFor<Rest...>> {
 public:
  using Way::consume;
  [[nodiscard]] tombolo::Result<T> consume(tombolo::Operation<T> op) const override {
    return F()(std::move(op));
  }
};

inline std::vector<std::shared_ptr<const Way>>& ways() {
  static std::vector<std::shared_ptr<const Way>> all;
  return all;
}

template <class F>
bool add_way() {
  ways().push_back(std::make_shared<WayOf<F, Way>>());
  return true;
}

/// Consumes by something that hands results over while `queue` is drained; checks that it is one.
template <class T, class Start>
tombolo::Result<T> drained_once(Start start) {
  auto queue = make_queue();
  std::vector<tombolo::Result<T>> results;
  auto held = start(queue, results);
  EXPECT_TRUE(drain_until(queue, [&] { return !results.empty(); }));
  EXPECT_EQ(drain(queue), 0U) << "something is left after the completion";
  EXPECT_EQ(results.size(), 1U);
  EXPECT_TRUE(queue.drained());
  static_cast<void>(held);
  return std::move(results.front());
}

struct ByWait {
  static constexpr const char* kName = "wait";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return std::move(op).wait();
  }
};

struct ByFuture {
  static constexpr const char* kName = "future";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return std::move(op).future().get();
  }
};

struct ByThen {
  static constexpr const char* kName = "then";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return drained_once<T>([&](auto& queue, auto& results) {
      std::move(op).then(queue, [&](tombolo::Result<T> one) { results.push_back(std::move(one)); });
      EXPECT_TRUE(results.empty()) << "a callback ran inside the start";
      return 0;
    });
  }
};

struct ByStart {
  static constexpr const char* kName = "start";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return drained_once<T>([&](auto& queue, auto& results) {
      auto running = std::move(op).start(
          queue, [&](tombolo::Result<T> one) { results.push_back(std::move(one)); });
      EXPECT_TRUE(results.empty()) << "a callback ran inside the start";
      return running;
    });
  }
};

struct ByCoAwait {
  static constexpr const char* kName = "co_await";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return drained_once<T>([&](auto& queue, auto& results) {
      await(std::move(op), queue, results);
      return 0;
    });
  }

 private:
  template <class T>
  static Task await(tombolo::Operation<T> op, const CompletionQueue& queue,
                    std::vector<tombolo::Result<T>>& results) {
    results.push_back(co_await std::move(op).on(queue));
  }
};

}  // namespace tombolo_test
