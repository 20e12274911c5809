// Chooses a store by the scheme of its spec.
#include "stores.hpp"

#include <stdexcept>
#include <string>

namespace artifact_cache {

#define STORE(scheme, opener) std::unique_ptr<ArtifactStore> opener(std::string_view rest);
#include "stores.def"
#undef STORE

namespace {

struct Scheme {
  std::string_view name;
  std::unique_ptr<ArtifactStore> (*open)(std::string_view rest);
};

constexpr Scheme kSchemes[] = {
#define STORE(scheme, opener) {scheme, opener},
#include "stores.def"
#undef STORE
};

std::string known_schemes() {
  std::string names;
  for (const Scheme& scheme : kSchemes) {
    names += (names.empty() ? "" : ", ") + std::string(scheme.name) + ":";
  }
  return names;
}

}  // namespace

std::unique_ptr<ArtifactStore> open_store(std::string_view spec) {
  const std::size_t colon = spec.find(':');
  if (colon == std::string_view::npos) {
    throw std::invalid_argument("'" + std::string(spec) + "' has no scheme; known are " +
                                known_schemes());
  }
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == spec.substr(0, colon)) return scheme.open(spec.substr(colon + 1));
  }
  throw std::invalid_argument("unknown scheme '" + std::string(spec.substr(0, colon)) +
                              ":'; known are " + known_schemes());
}

}  // namespace artifact_cache
