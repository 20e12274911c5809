// How often event loops wake for a descriptor.
#pragma once

namespace tombolo_test {

/// Counts from zero how often `fd` is reported as ready, on whatever thread: by epoll to anybody in
/// this program, and by what calls `woken`.
void count_wake_ups(int fd);
[[nodiscard]] int wake_ups();

/// A loop that uses something else than epoll has found `fd` ready.
void woken(int fd);

}  // namespace tombolo_test
