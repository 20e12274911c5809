#include "uploader.hpp"

#include <chrono>
#include <utility>

using namespace std::chrono_literals;
using tombolo::ErrorCode;

namespace {

bool worth_another_attempt(const tombolo::Error& error) {
  return error.retryable() || error.code() == ErrorCode::deadline_exceeded;
}

}  // namespace

void Uploader::upload(std::string key, tombolo::Bytes body, Done done) {
  attempt(std::move(key), std::move(body), 3, std::move(done));
}

void Uploader::attempt(std::string key, tombolo::Bytes body, int left, Done done) {
  auto put = store_.put(key, body).timeout(2s);
  std::move(put).then(queue_, [=](tombolo::Result<tombolo::PutResult> result) {
    if (result) {
      done({});
    } else if (left > 1 && worth_another_attempt(result.error())) {
      attempt(key, body, left - 1, done);
    } else {
      done(tombolo::unexpected(result.error()));
    }
  });
}
