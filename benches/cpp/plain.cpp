#include "plain.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tombolo_bench::plain {
namespace {

/// The answer of a system call, or the end.
template <class T>
T sure(T answer, const char* call) {
  if (answer < 0) {
    std::perror(call);
    std::exit(EXIT_FAILURE);
  }
  return answer;
}

void sync_folder(const std::string& folder) {
  const int fd = sure(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open");
  sure(fsync(fd), "fsync");
  close(fd);
}

}  // namespace

std::string read_file(const std::string& path) {
  const int fd = sure(open(path.c_str(), O_RDONLY | O_CLOEXEC), path.c_str());
  struct stat stat {};
  sure(fstat(fd, &stat), "fstat");
  std::string bytes(static_cast<std::size_t>(stat.st_size), '\0');
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = sure(read(fd, bytes.data() + at, bytes.size() - at), "read");
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  close(fd);
  return bytes;
}

std::string read_stream(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::string bytes(static_cast<std::size_t>(sure<std::streamoff>(file.tellg(), "tellg")), '\0');
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  sure(file ? 0 : -1, "read");
  return bytes;
}

void write_file(const std::string& folder, const std::string& name, std::string_view body,
                bool durable) {
  static std::atomic<std::uint64_t> next{0};
  const std::string path = folder + "/" + name;
  const std::string temporary = path + ".tmp" + std::to_string(next++);
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const int fd = sure(open(temporary.c_str(), flags, 0666), temporary.c_str());
  for (std::size_t at = 0; at < body.size();) {
    const auto offset = static_cast<off_t>(at);
    at += static_cast<std::size_t>(
        sure(pwrite(fd, body.data() + at, body.size() - at, offset), "pwrite"));
  }
  if (durable) sure(fsync(fd), "fsync");
  sure(close(fd), "close");
  sure(rename(temporary.c_str(), path.c_str()), "rename");
  if (durable) sync_folder(folder);
}

std::uint64_t count_files(const std::string& folder) {
  std::uint64_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    found += entry.is_regular_file() && entry.file_size() == 0 ? 1 : 0;
  }
  return found;
}

}  // namespace tombolo_bench::plain
