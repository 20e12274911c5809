// What a part of a program offers that is compiled without exceptions and without RTTI.
#pragma once

#include <string>
#include <vector>

#include "tombolo/tombolo.hpp"

namespace lean {

tombolo::Operation<tombolo::Bytes> begin_get(const tombolo::BlobStore& store,
                                             const std::string& key);
tombolo::Result<tombolo::Bytes> put_and_get(const tombolo::BlobStore& store, const std::string& key,
                                            tombolo::Bytes bytes);
tombolo::Result<tombolo::Bytes> get_by_future(const tombolo::BlobStore& store,
                                              const std::string& key);
tombolo::Result<tombolo::Bytes> get_by_callback(const tombolo::BlobStore& store,
                                                const std::string& key);
tombolo::Result<tombolo::Bytes> get_by_then(const tombolo::BlobStore& store,
                                            const std::string& key);
/// The error with its cause chain, as this part reads it.
struct Seen {
  tombolo::ErrorCode code;
  std::vector<std::string> causes;
};
/// Consumes an operation made elsewhere, which must fail.
Seen failure_of(tombolo::Operation<tombolo::Bytes> operation);
/// Hands an error on, by value.
tombolo::Result<tombolo::Bytes> pass_on(tombolo::Error error);
/// The message of the error, or an empty text.
std::string message_of(const tombolo::Result<tombolo::Bytes>& result);
/// Takes over, and destroys, what was made elsewhere.
std::size_t size_of(tombolo::Result<tombolo::Bytes> result);

}  // namespace lean
