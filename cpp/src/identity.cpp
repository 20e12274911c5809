// Identity: the public types in front of the bridge's.
#include "tombolo/identity.hpp"

#include "bridge.hpp"
#include "tombolo-bridge/src/identity.rs.h"
#include "tombolo-bridge/src/identity/credential.rs.h"
#include "tombolo-bridge/src/identity/verifier.rs.h"
#include "tombolo/crossing.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace detail {

bool answer_token(const RawCall& call, AccessToken token) noexcept {
  const std::int64_t seconds = token.expires_in ? token.expires_in->count() : -1;
  return ffi::answer_token(call, slice(token.token), seconds);
}

}  // namespace detail

namespace {

using detail::slice;

std::vector<std::string> to_std(const rust::Vec<rust::String>& texts) {
  std::vector<std::string> out;
  out.reserve(texts.size());
  for (const rust::String& text : texts) {
    out.push_back(detail::to_std(text));
  }
  return out;
}

/// What `read` puts into its argument, if it says that it has.
template <class T, class Read>
std::optional<T> given(const std::shared_ptr<const ffi::Claims>& claims, Read read) {
  T value{};
  if (claims == nullptr || !read(*claims, value)) {
    return std::nullopt;
  }
  return value;
}

Error closed() {
  return {ErrorCode::failed_precondition, "this verifier is not open; see Verifier::open"};
}

}  // namespace

Credential::Credential(ffi::Credential* credential)
    : credential_(credential, &ffi::credential_free) {}

Result<Credential> Credential::open(std::string_view url) {
  detail::RawError error;
  auto* credential = ffi::credential_open(slice(url), error);
  if (credential == nullptr) {
    return unexpected(Error(error));
  }
  return Credential(credential);
}

bool Credential::take_token(const Ticket& op, AccessToken& out) noexcept {
  std::int64_t seconds = -1;
  if (!ffi::take_token(op, out.token, seconds)) {
    return false;
  }
  if (seconds >= 0) {
    out.expires_in = std::chrono::seconds(seconds);
  }
  return true;
}

Operation<AccessToken> Credential::token(std::string_view scope) const {
  if (credential_ == nullptr) {
    return failed<AccessToken>(
        {ErrorCode::failed_precondition, "this credential is not open; see Credential::open"});
  }
  return operation<AccessToken>(credential_->token(slice(scope)), &take_token);
}

Claims::Claims(ffi::Claims* claims) : claims_(claims, &ffi::claims_free) {}

bool Claims::has_scope(std::string_view scope) const {
  return claims_ != nullptr && claims_->has_scope(slice(scope));
}

std::optional<std::string> Claims::text(std::string_view path) const {
  return given<std::string>(claims_, [&](auto& c, auto& out) { return c.text(slice(path), out); });
}

std::vector<std::string> Claims::texts(std::string_view path) const {
  return claims_ == nullptr ? std::vector<std::string>() : to_std(claims_->texts(slice(path)));
}

std::optional<std::int64_t> Claims::integer(std::string_view path) const {
  return given<std::int64_t>(claims_,
                             [&](auto& c, auto& out) { return c.integer(slice(path), out); });
}

std::optional<double> Claims::number(std::string_view path) const {
  return given<double>(claims_, [&](auto& c, auto& out) { return c.number(slice(path), out); });
}

std::optional<bool> Claims::boolean(std::string_view path) const {
  return given<bool>(claims_, [&](auto& c, auto& out) { return c.boolean(slice(path), out); });
}

std::optional<std::chrono::system_clock::time_point> Claims::time(std::string_view path) const {
  using std::chrono::system_clock;
  const auto since =
      given<std::int64_t>(claims_, [&](auto& c, auto& out) { return c.time(slice(path), out); });
  if (!since) {
    return std::nullopt;
  }
  return system_clock::time_point(
      std::chrono::duration_cast<system_clock::duration>(std::chrono::nanoseconds(*since)));
}

std::optional<std::string> Claims::json(std::string_view path) const {
  return given<std::string>(claims_, [&](auto& c, auto& out) { return c.raw(slice(path), out); });
}

std::vector<std::string> Claims::names() const {
  return claims_ == nullptr ? std::vector<std::string>() : to_std(claims_->names());
}

std::string_view Claims::json() const noexcept {
  return claims_ == nullptr ? std::string_view() : detail::view(claims_->json());
}

Verifier::Verifier(ffi::Verifier* verifier) : verifier_(verifier, &ffi::verifier_free) {}

Result<Verifier> Verifier::open(std::string_view url) {
  detail::RawError error;
  auto* verifier = ffi::verifier_open(slice(url), error);
  if (verifier == nullptr) {
    return unexpected(Error(error));
  }
  return Verifier(verifier);
}

bool Verifier::take_claims(const Ticket& op, Claims& out) noexcept {
  auto* claims = ffi::take_claims(op);
  out = Claims(claims);
  return claims != nullptr;
}

Operation<Claims> Verifier::verify(std::string_view token) const {
  if (verifier_ == nullptr) {
    return failed<Claims>(closed());
  }
  return operation<Claims>(verifier_->verify(slice(token)), &take_claims);
}

Result<Claims> Verifier::verify_now(std::string_view token) const {
  if (verifier_ == nullptr) {
    return unexpected(closed());
  }
  detail::RawError error;
  auto* claims = verifier_->verify_now(slice(token), error);
  if (claims == nullptr) {
    return unexpected(Error(error));
  }
  return Claims(claims);
}

TOMBOLO_NAMESPACE_END
