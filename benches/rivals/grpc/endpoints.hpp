// The two processes: one asks, the other answers each number with the next.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/hops.hpp"
#include "next.grpc.pb.h"

namespace rivals {

class Client {
 public:
  /// Connects, waiting until the server is there.
  explicit Client(const std::string& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// A Hop.
  void run(std::size_t in_flight, std::uint64_t count, Latencies* latencies);

 private:
  struct Call;

  void start(Call& call, std::uint64_t number, Latencies* latencies);
  Call& finished();

  std::unique_ptr<Next::Stub> stub_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Call>> calls_;
};

/// Answers until the process is ended.
void serve(const std::string& address);

}  // namespace rivals
