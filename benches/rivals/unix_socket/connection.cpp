#include "unix_socket/connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/figures.hpp"

namespace rivals {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr int kPatienceMs = 10'000;
constexpr std::uint32_t kPayload = sizeof(std::uint64_t);
constexpr std::size_t kFrame = sizeof(std::uint32_t) + kPayload;

}  // namespace

Connection::Connection(int fd) : fd_(fd), epoll_(::epoll_create1(EPOLL_CLOEXEC)), in_(kReadSize) {
  if (epoll_ < 0) fail_errno("epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &event) != 0) fail_errno("epoll_ctl");
}

Connection::~Connection() {
  ::close(epoll_);
  ::close(fd_);
}

bool Connection::fill() {
  epoll_event event{};
  const int ready = ::epoll_wait(epoll_, &event, 1, kPatienceMs);
  if (ready < 0 && errno != EINTR) fail_errno("epoll_wait");
  if (ready == 0) fail("nothing came over the socket for ten seconds");
  if ((event.events & EPOLLOUT) != 0) flush();
  std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
  in_end_ -= in_begin_;
  in_begin_ = 0;
  const ssize_t n = ::read(fd_, in_.data() + in_end_, in_.size() - in_end_);
  if (n < 0 && errno != EAGAIN && errno != EINTR) fail_errno("read");
  if (n > 0) in_end_ += static_cast<std::size_t>(n);
  return n != 0;
}

bool Connection::next(std::uint64_t& number) {
  if (in_end_ - in_begin_ < kFrame) return false;
  std::uint32_t length = 0;
  std::memcpy(&length, in_.data() + in_begin_, sizeof length);
  if (length != kPayload) fail("a frame of a wrong length came over the socket");
  std::memcpy(&number, in_.data() + in_begin_ + sizeof length, sizeof number);
  in_begin_ += kFrame;
  return true;
}

void Connection::append(std::uint64_t number) {
  const std::size_t at = out_.size();
  out_.resize(at + kFrame);
  std::memcpy(out_.data() + at, &kPayload, sizeof kPayload);
  std::memcpy(out_.data() + at + sizeof kPayload, &number, sizeof number);
}

void Connection::flush() {
  if (out_.empty()) return;
  ssize_t n = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EINTR) fail_errno("send");
  n = n < 0 ? 0 : n;
  out_.erase(out_.begin(), out_.begin() + n);
  watch_for_room(!out_.empty());
}

void Connection::watch_for_room(bool wanted) {
  if (wanted == watches_for_room_) return;
  epoll_event event{};
  event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &event) != 0) fail_errno("epoll_ctl");
  watches_for_room_ = wanted;
}

}  // namespace rivals
