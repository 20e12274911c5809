// Of the guide: a store that shows who asks by tokens of the application's own.
#include <chrono>
#include <cstdlib>
#include <string>

#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;

/// What the application knows of who it is.
struct Login {
  std::string name;
  [[nodiscard]] std::string token_for(const std::string& scope) const { return name + scope; }
};

tombolo::Result<tombolo::BlobStore> open(const tombolo::CompletionQueue& queue,
                                         const Login& login) {
  tombolo::BlobStoreOptions options;
  options.credential =
      tombolo::TokenSource::create(queue, [&](const std::string& scope) {
        return tombolo::AccessToken{login.token_for(scope), 1h};  // in a drain of `queue`
      }).value();
  return tombolo::BlobStore::open("azblob://account/container", options);
}

}  // namespace

int main() {
  auto queue = tombolo::CompletionQueue::create().value();
  const Login login{"somebody "};
  // Opening asks nobody. A build without the backend says so.
  const auto store = open(queue, login);
  const std::string left_out = "TOMBOLO_BACKENDS";
  const bool said = !store && store.error().message().find(left_out) != std::string::npos;
  return store || said ? EXIT_SUCCESS : EXIT_FAILURE;
}
