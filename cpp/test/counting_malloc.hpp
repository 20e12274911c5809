// Counts allocations of both languages: Rust's allocator is malloc, and so is operator new's. Only
// for glibc; include in one source of a program. Sanitizers bring their own malloc, so under them
// nothing is counted and every count is zero.
#pragma once

#include <atomic>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TOMBOLO_TEST_COUNTS_NOTHING
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TOMBOLO_TEST_COUNTS_NOTHING
#endif
#endif

namespace tombolo_test {

inline std::atomic<bool> g_counting = false;
inline std::atomic<std::size_t> g_allocations = 0;
inline std::atomic<std::size_t> g_bytes = 0;

inline void count_allocation(std::size_t size) {
  if (g_counting.load(std::memory_order_relaxed)) {
    g_allocations.fetch_add(1, std::memory_order_relaxed);
    g_bytes.fetch_add(size, std::memory_order_relaxed);
  }
}

/// What was allocated, by all threads, while a `Counted` lived.
struct Counted {
  Counted() {
    g_allocations = 0;
    g_bytes = 0;
    g_counting = true;
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { g_counting = false; }
  [[nodiscard]] static std::size_t allocations() { return g_allocations; }
  [[nodiscard]] static std::size_t bytes() { return g_bytes; }
};

}  // namespace tombolo_test

#ifndef TOMBOLO_TEST_COUNTS_NOTHING
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  tombolo_test::count_allocation(size);
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  tombolo_test::count_allocation(count * size);
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  tombolo_test::count_allocation(size);
  return __libc_realloc(old, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  tombolo_test::count_allocation(size);
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  tombolo_test::count_allocation(size);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  tombolo_test::count_allocation(size);
  *out = __libc_memalign(alignment, size);
  return *out == nullptr ? 12 : 0;  // ENOMEM
}
}
#endif
