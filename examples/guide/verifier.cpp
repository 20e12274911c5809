// Of the guide: tokens of those who ask the service.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tombolo/tombolo.hpp"

namespace {

tombolo::Result<std::string> who_may_write(const tombolo::Verifier& verifier,
                                           std::string_view token) {
  auto claims = verifier.verify(token).wait();
  if (!claims) return tombolo::unexpected(claims.error());  // it says why
  if (!claims->has_scope("write")) {
    return tombolo::unexpected(
        tombolo::Error(tombolo::ErrorCode::permission_denied, "the scope write is needed"));
  }
  return claims->subject();
}

}  // namespace

int main() {
  const char* url = "oidc:https://login.example.com?audience=artifacts";
  auto verifier = tombolo::Verifier::open(url).value();
  // Refused by its form, before any key is asked for.
  auto who = who_may_write(verifier, "no token");
  if (who || who.error().code() != tombolo::ErrorCode::unauthenticated) return EXIT_FAILURE;
  std::printf("%s\n", who.error().to_string().c_str());
}
