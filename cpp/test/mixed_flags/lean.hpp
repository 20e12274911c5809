// What a part of a program offers that is compiled without exceptions and without RTTI.
#pragma once

#include <string>

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
/// The message of the error, or an empty text.
std::string message_of(const tombolo::Result<tombolo::Bytes>& result);
/// Takes over, and destroys, what was made elsewhere.
std::size_t size_of(tombolo::Result<tombolo::Bytes> result);

}  // namespace lean
