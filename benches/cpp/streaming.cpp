#include "streaming.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "cases.hpp"
#include "face.hpp"

namespace tombolo_bench {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr std::uint64_t kPieces = (1 << 30) / kPiece;

/// The most resident memory of this process so far, in KiB.
std::uint64_t peak() {
  std::ifstream status("/proc/self/status");
  std::string name;
  std::uint64_t kib = 0;
  while (status >> name) {
    if (name == "VmHWM:" && status >> kib) return kib;
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  expect(false, "/proc/self/status: it tells no peak of memory");
  return 0;
}

template <class Stream>
void stream(const std::string& folder, const char* direction, Stream stream) {
  Face face("file://" + folder + "?durable=false");
  // The pool and the loop have run before, as in any service.
  face.put("warm", 4096, 10, false);
  face.get("warm", 10);
  const std::uint64_t before = peak();
  expect(stream(face) == kPieces * kPiece, "a stream of 1 GiB");
  std::printf("{\"id\": \"streaming_peak/1073741824/%s\", \"unit\": \"bytes\", \"value\": %llu}\n",
              direction, static_cast<unsigned long long>((peak() - before) << 10));
  std::fflush(stdout);
}

/// Runs `f` in a child: its peak is its own, and no thread of Tombolo's is there before.
template <class F>
void in_a_child(F f) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    f();
    std::_Exit(EXIT_SUCCESS);
  }
  int status = 0;
  expect(child > 0 && waitpid(child, &status, 0) == child && status == 0, "a child that streams");
}

}  // namespace

void print_streaming_memory(const std::string& folder) {
  std::filesystem::create_directories(folder);
  in_a_child([&] {
    stream(folder, "in", [](Face& f) { return f.write_stream("big", kPiece, kPieces); });
  });
  in_a_child([&] { stream(folder, "out", [](Face& f) { return f.read_stream("big"); }); });
}

}  // namespace tombolo_bench
