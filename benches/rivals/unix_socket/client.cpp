#include <algorithm>

#include "common/figures.hpp"
#include "unix_socket/endpoints.hpp"

namespace rivals {

void Client::run(std::size_t in_flight, std::uint64_t count, Latencies* latencies) {
  // Answers come in the order of the questions, so slots are taken in turn.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  const auto send_next = [&] {
    if (latencies != nullptr) latencies->begin(sent % in_flight);
    connection_.append(sent++);
  };
  while (sent < std::min<std::uint64_t>(in_flight, count)) send_next();
  connection_.flush();
  while (received < count) {
    const bool open = connection_.receive([&](std::uint64_t answer) {
      if (answer != received + 1) fail("a wrong answer came over the socket");
      if (latencies != nullptr) latencies->end(received % in_flight);
      ++received;
      if (sent < count) send_next();
    });
    if (!open) fail("the process on the other side has closed the socket");
    connection_.flush();
  }
}

}  // namespace rivals
