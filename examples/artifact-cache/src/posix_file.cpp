// POSIX files with owned descriptors, whose errors are thrown as StoreError.
#include "posix_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "artifact_store.hpp"

namespace artifact_cache {
namespace {

constexpr int kAttemptsToPublish = 100;

// "a/b" has no file when "a" is one.
bool means_absent(int error) { return error == ENOENT || error == ENOTDIR; }

StoreErrorKind kind_of(int error) {
  switch (error) {
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
      return StoreErrorKind::invalid_key;
    case EISDIR:
    case ENOTDIR:
    case EEXIST:
    case ENOTEMPTY:
      return StoreErrorKind::conflict;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return StoreErrorKind::full;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return StoreErrorKind::unavailable;
    default:
      return StoreErrorKind::internal;
  }
}

}  // namespace

void throw_store_error(int error, const std::string& what) {
  throw StoreError(kind_of(error), what + ": " + std::generic_category().message(error));
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<OpenFile> open_regular(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO that somebody put into the folder must not hang a thread.
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (fd.get() < 0) {
    if (means_absent(errno)) return std::nullopt;
    throw_store_error(errno, "open");
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_store_error(errno, "stat");
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return OpenFile{std::move(fd), static_cast<std::uint64_t>(status.st_size)};
}

std::optional<std::uint64_t> regular_size(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (means_absent(errno)) return std::nullopt;
    throw_store_error(errno, "stat");
  }
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

TemporaryFile create_temporary(const std::filesystem::path& folder) {
  std::string name = folder / "upload-XXXXXX";
  FileDescriptor fd(::mkostemp(name.data(), O_CLOEXEC));
  if (fd.get() < 0) throw_store_error(errno, "create a temporary file");
  return TemporaryFile{std::move(fd), std::move(name)};
}

std::size_t read_at(const FileDescriptor& fd, std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t n = ::pread(fd.get(), into.data() + done, into.size() - done,
                              static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_store_error(errno, "read");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

void write_all(const FileDescriptor& fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_store_error(errno, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void sync(const FileDescriptor& fd) {
  if (::fdatasync(fd.get()) != 0) throw_store_error(errno, "sync");
}

void sync_folders(std::filesystem::path folder, const std::filesystem::path& top) {
  for (;; folder = folder.parent_path()) {
    const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // One that is gone was removed for being empty, and what made it so is synced by its remover.
    if (fd.get() < 0 && !means_absent(errno)) throw_store_error(errno, "open a folder");
    if (fd.get() >= 0 && ::fsync(fd.get()) != 0) throw_store_error(errno, "sync a folder");
    if (folder == top) return;
  }
}

bool publish(const TemporaryFile& file, const std::filesystem::path& target) {
  std::error_code failed;
  bool created = false;
  for (int attempt = 0; attempt < kAttemptsToPublish; ++attempt) {
    created = std::filesystem::create_directories(target.parent_path(), failed) || created;
    if (!failed && ::rename(file.path.c_str(), target.c_str()) == 0) return created;
    if (!failed) failed.assign(errno, std::generic_category());
    // Otherwise somebody has removed the folder, which was still empty.
    if (failed != std::errc::no_such_file_or_directory) break;
  }
  throw_store_error(failed.value(), "publish");
}

bool remove_regular(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0) return true;
  // A folder is no artifact: Linux answers EISDIR, POSIX says EPERM.
  if (means_absent(errno) || errno == EISDIR || errno == EPERM) return false;
  throw_store_error(errno, "remove");
}

void remove_empty_folders(std::filesystem::path folder, const std::filesystem::path& root) {
  while (folder != root && ::rmdir(folder.c_str()) == 0) folder = folder.parent_path();
}

}  // namespace artifact_cache
