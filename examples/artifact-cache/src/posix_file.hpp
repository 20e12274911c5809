// POSIX files with owned descriptors, whose errors are thrown as StoreError. Every call blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace artifact_cache {

/// A file descriptor that is closed with its owner.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// A file open for reading, and its size in bytes.
struct OpenFile {
  FileDescriptor fd;
  std::uint64_t size;
};

/// A file that was just created under a name nobody else has.
struct TemporaryFile {
  FileDescriptor fd;
  std::filesystem::path path;
};

/// Opens a regular file; nullopt when there is none at `path`.
std::optional<OpenFile> open_regular(const std::filesystem::path& path);

/// Size of the regular file at `path`; nullopt when there is none.
std::optional<std::uint64_t> regular_size(const std::filesystem::path& path);

TemporaryFile create_temporary(const std::filesystem::path& folder);

/// Reads at `offset` until `into` is full or the file ends; returns how many bytes.
std::size_t read_at(const FileDescriptor& fd, std::uint64_t offset, std::span<std::byte> into);

void write_all(const FileDescriptor& fd, std::span<const std::byte> bytes);

/// Waits until the bytes written are on the disk.
void sync(const FileDescriptor& fd);

/// Waits until the names in `folder` and in those above it, up to `top`, are on the disk.
void sync_folders(std::filesystem::path folder, const std::filesystem::path& top);

/// Puts the finished file at `target`, in place of what is there, creating its folders; true when
/// it has created some.
bool publish(const TemporaryFile& file, const std::filesystem::path& target);

/// Removes the regular file at `path`; false when there is none.
bool remove_regular(const std::filesystem::path& path);

/// Removes `folder` and those above it, below `root`, up to the first that is not empty.
void remove_empty_folders(std::filesystem::path folder, const std::filesystem::path& root);

/// The StoreError that `error`, a value of errno, stands for; `what` says what was attempted.
[[noreturn]] void throw_store_error(int error, const std::string& what);

}  // namespace artifact_cache
