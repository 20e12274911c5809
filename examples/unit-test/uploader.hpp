// The code under test: puts objects, and tries again where that can help.
#pragma once

#include <functional>
#include <string>

#include "tombolo/tombolo.hpp"

/// Puts objects into a store. Each attempt has two seconds, and there are three. All of it, `done`
/// included, runs in drains of the queue.
class Uploader {
 public:
  using Done = std::function<void(tombolo::Result<void>)>;

  Uploader(tombolo::BlobStore& store, tombolo::CompletionQueue& queue)
      : store_(store), queue_(queue) {}

  void upload(std::string key, tombolo::Bytes body, Done done);

 private:
  void attempt(std::string key, tombolo::Bytes body, int left, Done done);

  tombolo::BlobStore& store_;
  tombolo::CompletionQueue& queue_;
};
