// What a sidecar costs by gRPC: a number goes over a unix socket to another process, and the next
// number comes back. Both sides use completion queues, with one thread of their own each.
//
// Usage: grpc [--quick] [--rounds N]
#include <unistd.h>

#include <string>
#include <string_view>

#include "common/child.hpp"
#include "common/figures.hpp"
#include "grpc/endpoints.hpp"

int main(int argc, char** argv) {
  // What this program starts itself with.
  if (argc == 3 && std::string_view(argv[1]) == "--serve") {
    rivals::serve(argv[2]);
    return EXIT_SUCCESS;
  }
  const rivals::Options options = rivals::parse_options(argc, argv);
  // A name that is no file: there is nothing to remove afterwards.
  const std::string address = "unix-abstract:tombolo-rivals-" + std::to_string(::getpid());
  const rivals::Child server({"--serve", address});
  rivals::Client client(address);
  const auto hop = [&](auto... arguments) { client.run(arguments...); };
  rivals::report({{"hop", "grpc", {1, 64}, true, hop}}, options);
  return EXIT_SUCCESS;
}
