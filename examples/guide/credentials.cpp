// Of the guide: who the service is for others, and a store that is told.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tombolo/tombolo.hpp"

namespace {

tombolo::Result<tombolo::BlobStore> artifacts(const tombolo::Credential& credential) {
  tombolo::BlobStoreOptions options;
  options.credential = credential;
  return tombolo::BlobStore::open("azblob://account/container", options);
}

void ask(const tombolo::Credential& credential, const tombolo::CompletionQueue& queue) {
  credential.token("https://vault.azure.net/.default")
      .then(queue, [](tombolo::Result<tombolo::AccessToken> token) {
        if (!token) std::fprintf(stderr, "%s\n", token.error().to_string().c_str());
      });
}

}  // namespace

int main() {
  auto credential = tombolo::Credential::open("azure:default").value();
  // Opening asks nobody. A build without the backend says so.
  const auto store = artifacts(credential);
  const std::string left_out = "TOMBOLO_BACKENDS";
  if (!store && store.error().message().find(left_out) == std::string::npos) return EXIT_FAILURE;
  // One that was got by other means, so that nobody has to be asked.
  ::setenv("SERVICE_TOKEN", "a-token", 1);
  credential = tombolo::Credential::open("static:?env=SERVICE_TOKEN").value();
  auto queue = tombolo::CompletionQueue::create().value();
  ask(credential, queue);
  const auto token = credential.token("https://vault.azure.net/.default").wait();
  return token && token->token == "a-token" ? EXIT_SUCCESS : EXIT_FAILURE;
}
