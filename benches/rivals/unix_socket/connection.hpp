// One end of the socket: frames of a length and a number, collected in both directions, so that
// whatever is there goes by one system call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rivals {

class Connection {
 public:
  /// Takes the descriptor of a socket that does not block.
  explicit Connection(int fd);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits until something can be read or what is left can be written, reads once, and gives the
  /// number of each whole frame to `take`. False once the other side has closed.
  template <class Take>
  bool receive(Take&& take) {
    if (!fill()) return false;
    std::uint64_t number = 0;
    while (next(number)) take(number);
    return true;
  }

  /// Puts a frame into what flush() sends.
  void append(std::uint64_t number);
  /// Sends what the socket takes now; receive() sends the rest.
  void flush();

 private:
  bool fill();
  bool next(std::uint64_t& number);
  void watch_for_room(bool wanted);

  int fd_;
  int epoll_;
  bool watches_for_room_ = false;
  std::vector<std::byte> in_;
  std::size_t in_begin_ = 0;
  std::size_t in_end_ = 0;
  std::vector<std::byte> out_;
};

}  // namespace rivals
