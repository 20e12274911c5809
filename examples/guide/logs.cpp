// Of the guide: the core's logs in the service's own.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tombolo/tombolo.hpp"

int main() {
  auto queue = tombolo::CompletionQueue::create().value();
  int lines = 0;

  tombolo::LogOptions options;
  options.level = tombolo::LogLevel::warn;
  options.targets = "tombolo::blob=debug";
  auto log = tombolo::LogSink::create(
      queue,
      [&](const tombolo::LogRecord& record) {
        ++lines;
        std::printf("%s\n", record.to_string().c_str());
        if (record.lost_before > 0) {
          std::printf("(%llu lost)\n", static_cast<unsigned long long>(record.lost_before));
        }
      },
      options);
  if (!log) return EXIT_FAILURE;

  const auto folder = std::filesystem::temp_directory_path() / "tombolo-guide-logs";
  const auto store = tombolo::BlobStore::open("file://" + folder.string());
  if (!store || !queue.poll()) return EXIT_FAILURE;
  return lines == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
