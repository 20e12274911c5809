// Opens the store that the command line names.
#pragma once

#include <memory>
#include <string_view>

#include "artifact_store.hpp"

namespace artifact_cache {

/// Opens `spec`, which is `SCHEME:REST`; stores.def lists the schemes. Throws
/// std::invalid_argument when the spec is not one, StoreError when the store cannot be used.
/// Blocks; called once, before the service starts.
std::unique_ptr<ArtifactStore> open_store(std::string_view spec);

}  // namespace artifact_cache
