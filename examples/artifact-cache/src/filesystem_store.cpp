// A store in a local folder: an artifact is the file at its key's path. Uploads are written to
// temporary files and renamed when they are complete; blocking calls run on a pool of threads.
#include <array>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "artifact_store.hpp"
#include "blocking_pool.hpp"
#include "posix_file.hpp"

namespace artifact_cache {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPoolThreads = 4;
constexpr std::size_t kPartSize = 64 * 1024;
constexpr std::string_view kUploads = ".uploads";  // No key starts with it: see artifact_key.cpp.
constexpr auto kAbandonedAfter = std::chrono::hours(1);

/// What a power cut may take of a write that was answered.
enum class Durability {
  none,      ///< Anything, and it may leave the name on an empty file: a hit that is wrong.
  contents,  ///< The name, which is harmless: a miss.
  all,       ///< Nothing, but for a folder that another write has just made and not yet synced.
};

class FileReader final : public ArtifactReader {
 public:
  /// Reads the first part at once: the caller is on the pool already, and most artifacts end there.
  FileReader(BlockingPool& pool, OpenFile file) : pool_(pool), file_(std::move(file)) { fill(); }

  std::uint64_t size() const noexcept override { return file_.size; }

  awaitable<std::optional<Part>> next() override {
    if (given_ == file_.size) co_return std::nullopt;
    if (filled_ == 0) co_await pool_.run([this] { fill(); });
    given_ += filled_;
    co_return Part(buffer_.data(), std::exchange(filled_, 0));
  }

 private:
  void fill() {
    const std::size_t wanted = std::min<std::uint64_t>(buffer_.size(), file_.size - given_);
    filled_ = read_at(file_.fd, given_, std::span(buffer_).first(wanted));
    // Files are replaced whole and never rewritten, so this is damage from outside.
    if (filled_ < wanted) throw StoreError(StoreErrorKind::internal, "file has become shorter");
  }

  BlockingPool& pool_;
  OpenFile file_;
  std::uint64_t given_ = 0;
  std::size_t filled_ = 0;
  std::array<std::byte, kPartSize> buffer_;
};

class FileWriter final : public ArtifactWriter {
 public:
  FileWriter(BlockingPool& pool, TemporaryFile file, fs::path target, const fs::path& root,
             Durability durability)
      : pool_(pool),
        file_(std::move(file)),
        target_(std::move(target)),
        root_(root),
        durability_(durability) {}

  ~FileWriter() override {
    if (committed_) return;
    pool_.post([file = std::move(file_)] {
      std::error_code ignored;
      fs::remove(file.path, ignored);
    });
  }

  awaitable<void> write(Part part) override {
    co_await pool_.run([this, part] { write_all(file_.fd, part); });
  }

  awaitable<void> commit() override {
    co_await pool_.run([this] { publish_as_durably_as_asked(); });
    committed_ = true;
  }

 private:
  void publish_as_durably_as_asked() {
    if (durability_ != Durability::none) sync(file_.fd);
    const bool new_folders = publish(file_, target_);
    if (durability_ != Durability::all) return;
    const fs::path folder = target_.parent_path();
    sync_folders(folder, new_folders ? root_ : folder);
  }

  BlockingPool& pool_;
  TemporaryFile file_;
  fs::path target_;
  const fs::path& root_;
  Durability durability_;
  bool committed_ = false;
};

class FilesystemStore final : public ArtifactStore {
 public:
  FilesystemStore(fs::path root, Durability durability)
      : root_(std::move(root)), uploads_(root_ / kUploads), durability_(durability) {
    fs::create_directories(uploads_);
    remove_abandoned_uploads();
  }

  awaitable<std::optional<ArtifactInfo>> head(std::string key) override {
    return pool_.run([path = root_ / key]() -> std::optional<ArtifactInfo> {
      const auto size = regular_size(path);
      if (!size) return std::nullopt;
      return ArtifactInfo{*size};
    });
  }

  awaitable<std::unique_ptr<ArtifactReader>> open(std::string key) override {
    return pool_.run([this, path = root_ / key]() -> std::unique_ptr<ArtifactReader> {
      auto file = open_regular(path);
      if (!file) return nullptr;
      return std::make_unique<FileReader>(pool_, std::move(*file));
    });
  }

  awaitable<std::unique_ptr<ArtifactWriter>> create(std::string key) override {
    return pool_.run([this, path = root_ / key]() -> std::unique_ptr<ArtifactWriter> {
      return std::make_unique<FileWriter>(pool_, create_temporary(uploads_), path, root_,
                                          durability_);
    });
  }

  awaitable<bool> remove(std::string key) override {
    return pool_.run([this, path = root_ / key] {
      const bool removed = remove_regular(path);
      if (removed && durability_ == Durability::all) {
        sync_folders(path.parent_path(), path.parent_path());
      }
      // An empty folder would be in the way of an artifact of its name.
      if (removed) remove_empty_folders(path.parent_path(), root_);
      return removed;
    });
  }

 private:
  // What a crash has left behind. Another process may share the folder, so fresh files are spared.
  void remove_abandoned_uploads() {
    const auto limit = fs::file_time_type::clock::now() - kAbandonedAfter;
    for (const auto& entry : fs::directory_iterator(uploads_)) {
      std::error_code gone;
      const auto written = entry.last_write_time(gone);
      if (!gone && written < limit) fs::remove(entry.path(), gone);
    }
  }

  fs::path root_;
  fs::path uploads_;
  Durability durability_;
  BlockingPool pool_{kPoolThreads};
};

Durability durability_of(std::string_view parameter) {
  if (parameter == "durable=true") return Durability::all;
  if (parameter == "durable=false") return Durability::none;
  throw std::invalid_argument("filesystem: '" + std::string(parameter) +
                              "' is neither durable=true nor durable=false");
}

}  // namespace

std::unique_ptr<ArtifactStore> open_filesystem_store(std::string_view rest) {
  const std::string_view folder = rest.substr(0, rest.find('?'));
  if (folder.empty()) throw std::invalid_argument("filesystem: needs a folder, filesystem:/path");
  const Durability durability = folder.size() == rest.size()
                                    ? Durability::contents
                                    : durability_of(rest.substr(folder.size() + 1));
  try {
    return std::make_unique<FilesystemStore>(fs::path(folder), durability);
  } catch (const fs::filesystem_error& error) {
    throw StoreError(StoreErrorKind::unavailable, error.what());
  }
}

}  // namespace artifact_cache
