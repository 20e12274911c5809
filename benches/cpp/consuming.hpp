// Every way to consume an operation, with so many of them in flight, until so many are done.
#pragma once

// clang-format off
#include <utility>  // Asio 1.22 asks what the standard library has before it includes any of it
// clang-format on

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <vector>

#include "cases.hpp"
#include "coroutine.hpp"
#include "tombolo/asio.hpp"
#include "tombolo/crossing.hpp"

namespace tombolo_bench {

using tombolo_test::Task;

using Number = tombolo::Operation<std::uint64_t>;
using Answer = tombolo::Result<std::uint64_t>;
/// Makes the operation that answers x + 1.
using Make = Number (*)(std::uint64_t x);

inline void expect_answer(const Answer& answer, std::uint64_t x, const char* where) {
  expect(answer.has_value() && *answer == x + 1, where);
}

inline std::uint64_t share(std::uint64_t times, std::uint64_t of, std::uint64_t i) {
  return times / of + (i < times % of ? 1 : 0);
}

inline void drain_until(tombolo::CompletionQueue& queue, const std::uint64_t& left) {
  while (left > 0) static_cast<void>(queue.wait_for(std::chrono::seconds(10)).value());
}

inline std::shared_ptr<tombolo::CompletionQueue> make_queue() {
  return std::make_shared<tombolo::CompletionQueue>(tombolo::CompletionQueue::create().value());
}

/// Coroutines, each of which awaits one operation after another.
struct ByCoAwait {
  static constexpr const char* kName = "co_await";
  std::shared_ptr<tombolo::CompletionQueue> queue = make_queue();

  Task one_after_another(Make make, std::uint64_t times, std::uint64_t& left) const {
    for (std::uint64_t i = 0; i < times; ++i) {
      expect_answer(co_await make(i).on(*queue), i, kName);
    }
    --left;
  }

  void operator()(Make make, std::uint64_t times, std::uint64_t in_flight) const {
    std::uint64_t left = in_flight;
    for (std::uint64_t i = 0; i < in_flight; ++i) {
      one_after_another(make, share(times, in_flight, i), left);
    }
    drain_until(*queue, left);
  }
};

/// Callbacks that start the next operation of their chain. `Begin` starts one: begin(number,
/// callback).
template <class Begin>
class Chains {
 public:
  Chains(Begin begin, Make make, std::uint64_t times, std::uint64_t in_flight)
      : begin_(std::move(begin)), make_(make), links_(in_flight), left_(in_flight) {
    for (std::uint64_t i = 0; i < in_flight; ++i) {
      links_[i].chains = this;
      links_[i].times = share(times, in_flight, i);
    }
    for (auto& link : links_) step(link);
  }
  [[nodiscard]] const std::uint64_t& left() const { return left_; }

 private:
  struct Link {
    Chains* chains = nullptr;
    std::uint64_t done = 0;
    std::uint64_t times = 0;
    tombolo::Running running;
  };

  void step(Link& link) {
    if (link.done == link.times) {
      --left_;
      return;
    }
    begin_(make_(link.done), link.running, [&link](const Answer& answer) {
      expect_answer(answer, link.done, "a callback");
      ++link.done;
      link.chains->step(link);
    });
  }

  Begin begin_;
  Make make_;
  std::vector<Link> links_;
  std::uint64_t left_;
};

struct ByThen {
  static constexpr const char* kName = "then";
  std::shared_ptr<tombolo::CompletionQueue> queue = make_queue();

  void operator()(Make make, std::uint64_t times, std::uint64_t in_flight) const {
    const Chains chains([this](Number op, tombolo::Running& /*unused*/,
                               auto callback) { std::move(op).then(*queue, std::move(callback)); },
                        make, times, in_flight);
    drain_until(*queue, chains.left());
  }
};

struct ByStart {
  static constexpr const char* kName = "start";
  std::shared_ptr<tombolo::CompletionQueue> queue = make_queue();

  void operator()(Make make, std::uint64_t times, std::uint64_t in_flight) const {
    const Chains chains(
        [this](Number op, tombolo::Running& running, auto callback) {
          running = std::move(op).start(*queue, std::move(callback));
        },
        make, times, in_flight);
    drain_until(*queue, chains.left());
  }
};

struct ByAsio {
  static constexpr const char* kName = "asio";
  std::shared_ptr<asio::io_context> context = std::make_shared<asio::io_context>(1);

  void operator()(Make make, std::uint64_t times, std::uint64_t in_flight) const {
    const Chains chains(
        [this](Number op, tombolo::Running& /*unused*/, auto callback) {
          tombolo::async_wait(*context, std::move(op), std::move(callback));
        },
        make, times, in_flight);
    context->restart();
    context->run();
    expect(chains.left() == 0, kName);
  }
};

struct ByFuture {
  static constexpr const char* kName = "future";

  void operator()(Make make, std::uint64_t times, std::uint64_t in_flight) const {
    std::vector<std::future<Answer>> futures(in_flight);
    for (std::uint64_t i = 0; i < times + in_flight; ++i) {
      auto& future = futures[i % in_flight];
      if (future.valid()) expect_answer(future.get(), i - in_flight, kName);
      if (i < times) future = make(i).future();
    }
  }
};

/// One at a time.
struct ByWait {
  static constexpr const char* kName = "wait";

  void operator()(Make make, std::uint64_t times, std::uint64_t /*in_flight*/) const {
    for (std::uint64_t i = 0; i < times; ++i) expect_answer(make(i).wait(), i, kName);
  }
};

/// The case of consuming operations of `make` by a way, with so many in flight.
template <class Way>
std::function<Run()> consuming(Make make, std::uint64_t in_flight) {
  return [=] { return [=, way = Way()](std::uint64_t times) { way(make, times, in_flight); }; };
}

}  // namespace tombolo_bench
