// Stands between a program and the C library where threads are made: to look at each, or to refuse.
// To be included by one source of a program.
#pragma once

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

namespace tombolo_test {

/// Looks at a thread that is about to be made, on the thread that makes it. False refuses it, as a
/// system does that has none to give.
using Creating = bool (*)();

inline std::atomic<Creating> g_creating = nullptr;

}  // namespace tombolo_test

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*body)(void*), void* argument) noexcept {
  static const auto real =
      reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  const auto creating = tombolo_test::g_creating.load();
  if (creating != nullptr && !creating()) {
    return EAGAIN;
  }
  return real(thread, attributes, body, argument);
}
