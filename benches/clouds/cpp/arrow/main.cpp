// A client of the clouds' protocols by Arrow's C++ file systems, whose calls block: a thread for
// each operation that is to be in flight. A get is `ReadAt` on a file that was opened beforehand.
#include <arrow/buffer.h>
#include <arrow/filesystem/azurefs.h>
#include <arrow/filesystem/s3fs.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/thread_pool.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/body.hpp"
#include "common/measure.hpp"
#include "common/options.hpp"

namespace {

using clouds::Options;
using clouds::Place;
using clouds::Work;
namespace fs = arrow::fs;

void sure(const arrow::Status& status) {
  if (!status.ok()) clouds::fail(status.ToString().c_str());
}

template <class T>
T sure(arrow::Result<T> result) {
  sure(result.status());
  return std::move(result).ValueUnsafe();
}

/// Host and port of `http://host:port/…`.
std::string authority_of(const std::string& endpoint) {
  const std::string rest = endpoint.substr(endpoint.find("://") + 3);
  return rest.substr(0, rest.find('/'));
}

std::shared_ptr<fs::FileSystem> open_s3(const Place& place) {
  fs::S3GlobalOptions global = fs::S3GlobalOptions::Defaults();
  global.log_level = fs::S3LogLevel::Off;
  sure(fs::InitializeS3(global));
  fs::S3Options options = fs::S3Options::FromAccessKey(place.parameters.at("access_key"),
                                                       place.parameters.at("secret_key"));
  options.region = place.parameters.at("region");
  options.scheme = "http";
  options.endpoint_override = authority_of(place.parameters.at("endpoint"));
  options.background_writes = false;
  // A small object is put by one request, as by the others.
  options.allow_delayed_open = true;
  return sure(fs::S3FileSystem::Make(options));
}

std::shared_ptr<fs::FileSystem> open_azure(const Place& place) {
  fs::AzureOptions options;
  options.account_name = place.account;
  options.blob_storage_scheme = options.dfs_storage_scheme = "http";
  options.blob_storage_authority = options.dfs_storage_authority =
      authority_of(place.parameters.at("endpoint"));
  options.background_writes = false;
  sure(options.ConfigureAccountKeyCredential(place.parameters.at("account_key")));
  return sure(fs::AzureFileSystem::Make(options));
}

class Client {
 public:
  explicit Client(const Options& options)
      : options_(options),
        place_(clouds::parse_place(options.url)),
        system_(place_.is_azure ? open_azure(place_) : open_s3(place_)),
        key_(place_.container + "/" + clouds::key_of(options.size)) {
    if (options.work == Work::put) body_ = clouds::body_of(options.size);
    if (options.work == Work::get || options.work == Work::get_into) {
      for (std::size_t i = 0; i < options.in_flight; ++i) {
        files_.push_back(sure(system_->OpenInputFile(key_)));
      }
    }
    memory_.resize(options.in_flight);
  }

  void run(std::uint64_t times) {
    std::vector<std::thread> threads;
    for (std::size_t at = 0; at < options_.in_flight; ++at) {
      threads.emplace_back([this, at, times] {
        const std::uint64_t own = clouds::share(times, options_.in_flight, at);
        for (std::uint64_t i = 0; i < own; ++i) once(at);
      });
    }
    for (auto& thread : threads) thread.join();
  }

  /// Whether what was put is there.
  void check() {
    if (options_.work != Work::put) return;
    const auto file = sure(system_->OpenInputFile(put_path(0)));
    const auto put = sure(file->ReadAt(0, static_cast<std::int64_t>(options_.size)));
    clouds::check_whole(put->data(), static_cast<std::size_t>(put->size()), options_.size);
  }

 private:
  std::string put_path(std::size_t at) const {
    return place_.container + "/" + clouds::put_key(at);
  }

  void once(std::size_t at) {
    const auto size = static_cast<std::int64_t>(options_.size);
    switch (options_.work) {
      case Work::get: {
        const auto got = sure(files_[at]->ReadAt(0, size));
        clouds::check_whole(got->data(), static_cast<std::size_t>(got->size()), options_.size);
        break;
      }
      case Work::get_into: {
        memory_[at].resize(options_.size);
        const auto got = sure(files_[at]->ReadAt(0, size, memory_[at].data()));
        clouds::check_whole(memory_[at].data(), static_cast<std::size_t>(got), options_.size);
        break;
      }
      case Work::get_stream: {
        constexpr std::int64_t kPiece = 1 << 20;
        const auto stream = sure(system_->OpenInputStream(key_));
        std::size_t read = 0;
        while (true) {
          const auto piece = sure(stream->Read(kPiece));
          if (piece->size() == 0) break;
          clouds::check(piece->data(), static_cast<std::size_t>(piece->size()), read);
          read += static_cast<std::size_t>(piece->size());
        }
        if (read != options_.size) clouds::fail("a stream of another length");
        break;
      }
      case Work::put: {
        const auto stream = sure(system_->OpenOutputStream(put_path(at)));
        sure(stream->Write(body_.data(), size));
        sure(stream->Close());
        break;
      }
      case Work::list: {
        fs::FileSelector all;
        all.base_dir = place_.container + "/list";
        all.recursive = true;
        std::uint64_t found = 0;
        for (const auto& info : sure(system_->GetFileInfo(all))) {
          found += info.size() == 4096 ? 1 : 0;
        }
        if (found != clouds::kListed) clouds::fail("more keys or fewer than there are");
        break;
      }
    }
  }

  const Options& options_;
  Place place_;
  std::shared_ptr<fs::FileSystem> system_;
  std::string key_;
  std::string body_;
  std::vector<std::shared_ptr<arrow::io::RandomAccessFile>> files_;
  std::vector<std::vector<char>> memory_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = clouds::parse_options(argc, argv);
  // It would ask for the address of a cloud's own machines.
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  sure(arrow::io::SetIOThreadPoolCapacity(static_cast<int>(options.in_flight)));
  {
    Client client(options);
    clouds::measure(options, [&](std::uint64_t times) { client.run(times); });
    client.check();
  }
  if (options.url.compare(0, 2, "s3") == 0) sure(fs::FinalizeS3());
}
