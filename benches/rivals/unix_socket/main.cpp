// What a sidecar costs at least: a number goes over a unix socket to another process, and the next
// number comes back. Both sides wait in epoll and send in one call whatever they have.
//
// Usage: unix_socket [--quick] [--rounds N]
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "common/child.hpp"
#include "common/figures.hpp"
#include "unix_socket/endpoints.hpp"

int main(int argc, char** argv) {
  // What this program starts itself with.
  if (argc == 3 && std::string_view(argv[1]) == "--serve") {
    rivals::serve(std::stoi(argv[2]));
    return EXIT_SUCCESS;
  }
  const rivals::Options options = rivals::parse_options(argc, argv);
  // The data takes the same path as between sockets with a name.
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    rivals::fail_errno("socketpair");
  }
  rivals::Child server({"--serve", std::to_string(ends[1])}, ends[1]);
  ::close(ends[1]);
  {
    rivals::Client client(ends[0]);
    const auto hop = [&](auto... arguments) { client.run(arguments...); };
    rivals::report({{"hop", "unix_socket", {1, 64, 1024}, true, hop}}, options);
  }
  server.expect_success();
  return EXIT_SUCCESS;
}
