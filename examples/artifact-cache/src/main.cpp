// artifact-cache: a build cache over HTTP for ccache and Bazel.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "cache_service.hpp"
#include "metrics.hpp"
#include "options.hpp"
#include "server.hpp"
#include "stores.hpp"

namespace artifact_cache {
namespace {

constexpr int kUsageExit = 2;

std::unique_ptr<ArtifactStore> open_named_store(const Options& options) {
  try {
    return open_store(options.store);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("--store: ") + error.what());
  } catch (const StoreError& error) {
    throw UsageError("--store " + options.store + ": " + error.what());
  }
}

std::unique_ptr<Server> listen(asio::io_context& context, const Options& options,
                               CacheService& service, Metrics& metrics) {
  try {
    return std::make_unique<Server>(context, options.listen, options.limits, service, metrics);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("--listen: " + std::string(error.what()));
  }
}

// A connection needs a descriptor for its socket and up to two for an artifact; the rest is for
// clients that are turned away, and for the store and the libraries.
constexpr std::size_t kDescriptorsPerConnection = 3;
constexpr std::size_t kOtherDescriptors = kTurnedAwayAtOnce + 64;

// The system's limit is raised as far as this process may, and ours lowered to what that allows:
// a client over our limit is told so, where one over the system's waits in the backlog.
void fit_to_descriptors(Limits& limits) {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  const std::size_t most =
      std::max(descriptors.rlim_max, rlim_t{kOtherDescriptors + kDescriptorsPerConnection});
  const std::size_t room = (most - kOtherDescriptors) / kDescriptorsPerConnection;
  if (limits.max_connections <= room) return;
  limits.max_connections = room;
  std::clog << "--max-connections: " + std::to_string(room) + ", for want of descriptors\n";
}

void serve(const Options& options) {
  const std::unique_ptr<ArtifactStore> store = open_named_store(options);
  Metrics metrics;
  CacheService service(*store, metrics);
  asio::io_context context(static_cast<int>(options.threads));
  const std::unique_ptr<Server> server = listen(context, options, service, metrics);
  server->start();
  // Read by whoever started the service with port 0, so it must not wait in a buffer.
  std::cout << "listening on " << server->endpoint() << std::endl;
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < options.threads; ++i) threads.emplace_back([&] { context.run(); });
  context.run();
}

}  // namespace
}  // namespace artifact_cache

int main(int argc, char** argv) {
  using namespace artifact_cache;
  try {
    auto options = parse_options(std::span(argv, argc).subspan(1));
    if (!options) {
      std::cout << usage();
      return EXIT_SUCCESS;
    }
    // Or the next line for a log whose reader has gone would end the service.
    std::signal(SIGPIPE, SIG_IGN);
    fit_to_descriptors(options->limits);
    serve(*options);
    return EXIT_SUCCESS;
  } catch (const UsageError& error) {
    std::cerr << "artifact-cache: " << error.what() << "\nTry --help.\n";
    return kUsageExit;
  } catch (const std::exception& error) {
    std::cerr << "artifact-cache: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
