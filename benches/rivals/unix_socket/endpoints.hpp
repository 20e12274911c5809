// The two processes: one asks, the other answers each number with the next.
#pragma once

#include <cstdint>

#include "common/hops.hpp"
#include "unix_socket/connection.hpp"

namespace rivals {

class Client {
 public:
  explicit Client(int fd) : connection_(fd) {}

  /// A Hop.
  void run(std::size_t in_flight, std::uint64_t count, Latencies* latencies);

 private:
  Connection connection_;
};

/// Answers until the other side closes.
void serve(int fd);

}  // namespace rivals
