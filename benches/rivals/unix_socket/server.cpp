#include "unix_socket/endpoints.hpp"

namespace rivals {

void serve(int fd) {
  Connection connection(fd);
  const auto answer = [&](std::uint64_t number) { connection.append(number + 1); };
  while (connection.receive(answer)) connection.flush();
}

}  // namespace rivals
