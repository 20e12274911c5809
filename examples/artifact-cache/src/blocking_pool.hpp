// Runs blocking calls on threads of their own and awaits them without blocking the caller's.
#pragma once

#include <type_traits>
#include <utility>

#include "net.hpp"

namespace artifact_cache {

class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}

  /// Finishes what was started or posted before it returns.
  ~BlockingPool() { pool_.join(); }

  /// Calls `work` on the pool; what it returns or throws reaches the awaiting coroutine. What
  /// `work` refers to must live until then. The result must be default constructible, which Asio
  /// asks of it.
  ///
  /// gcc 12.2 destroys a lambda twice that is written inside a co_await expression and captures by
  /// value what has a destructor. Give it a name before, or return run() from a plain function.
  template <class Work>
  awaitable<std::invoke_result_t<Work&>> run(Work work) {
    using Result = std::invoke_result_t<Work&>;
    return asio::co_spawn(
        pool_.get_executor(),
        [work = std::move(work)]() mutable -> awaitable<Result> { co_return work(); },
        asio::use_awaitable);
  }

  /// Calls `work`, which must not throw, on the pool some time later; nobody waits for it.
  template <class Work>
  void post(Work work) {
    asio::post(pool_, std::move(work));
  }

 private:
  asio::thread_pool pool_;
};

}  // namespace artifact_cache
