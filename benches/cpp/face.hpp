// The store through its C++ face, each operation awaited in the loop of one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tombolo/tombolo.hpp"

namespace tombolo_bench {

/// A store, and the loop that its operations are awaited in. Answers are as those of `Alone`:
/// counts, and whatever fails ends the program.
class Face {
 public:
  explicit Face(const std::string& url);

  /// How many bytes came, and one for each operation.
  std::uint64_t get(const std::string& key, std::uint64_t times);
  /// The same by a thread without a loop, which blocks in `wait()`.
  std::uint64_t get_waiting(const std::string& key, std::uint64_t times);
  /// How many objects were written; `anew`: each under a key of its own, which begins with this
  /// one.
  std::uint64_t put(const std::string& key, std::size_t size, std::uint64_t times, bool anew);
  /// How many objects there are.
  std::uint64_t list(const std::string& prefix);
  /// How many bytes the pieces of an object have.
  std::uint64_t read_stream(const std::string& key);
  /// How many bytes were written in pieces, each with memory of its own.
  std::uint64_t write_stream(const std::string& key, std::size_t piece, std::uint64_t pieces);

 private:
  void drain(const std::uint64_t& left);

  tombolo::BlobStore store_;
  tombolo::CompletionQueue queue_;
  tombolo::Bytes body_;
  std::uint64_t next_ = 0;  // the number of the next object that has a key of its own
};

}  // namespace tombolo_bench
