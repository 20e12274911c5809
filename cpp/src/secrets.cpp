// Secrets: the public types in front of the bridge's.
#include "tombolo/secrets.hpp"

#include <string.h>

#include <optional>
#include <string>
#include <string_view>

#include "bridge.hpp"
#include "tombolo-bridge/src/secrets.rs.h"
#include "tombolo/crossing.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace {

using detail::slice;

bool take_secret(const Ticket& op, SecretValue& out) noexcept {
  Bytes shared;
  if (!detail::take(op, shared)) {
    return false;
  }
  out = SecretValue(std::move(shared));
  return true;
}

bool take_texts(const Ticket& op, std::vector<std::string>& out) noexcept {
  rust::Vec<rust::String> texts;
  if (!ffi::take_texts(op, texts)) {
    return false;
  }
  out.reserve(texts.size());
  for (const rust::String& text : texts) {
    out.push_back(detail::to_std(text));
  }
  return true;
}

bool take_change(const Ticket& op, Result<SecretValue>& out) noexcept {
  ffi::SecretChange change{};
  if (!ffi::take_change(op, change)) {
    return false;
  }
  const detail::RawError error = std::exchange(change.error, detail::RawError());
  if (error.is_error()) {
    out = unexpected(Error(error));
  } else {
    out = SecretValue(Bytes(std::exchange(change.value, RawBytes())));
  }
  return true;
}

/// As for the types that Tombolo itself knows, so that what is kept crosses at once.
Operation<SecretValue> secret(Ticket op) noexcept {
  return {detail::Op(op),
          {&detail::collect<SecretValue>, reinterpret_cast<void (*)()>(&take_secret),
           detail::Known<SecretValue>::kind}};
}

Error closed() {
  return {ErrorCode::failed_precondition, "this store is not open; see SecretStore::open"};
}

}  // namespace

Result<SecretValue> SecretValue::copy_of(std::string_view value) {
  detail::RawError error;
  const RawBytes shared = ffi::secret_copy(slice(value), error);
  if (error.is_error()) {
    return unexpected(Error(error));
  }
  return SecretValue(Bytes(shared));
}

Result<SecretValue> SecretValue::take(std::string&& value) {
  auto copied = copy_of(value);
  wipe(value);
  return copied;
}

void SecretValue::wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // no allocation: there is room
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

SecretStore::SecretStore(ffi::SecretStore* store) : store_(store, &ffi::secret_store_free) {}

Result<SecretStore> SecretStore::open(std::string_view url, const SecretStoreOptions& options) {
  detail::RawError error;
  const TokenSource& source = options.credential;
  const std::optional<std::string>& token = source.token();
  const ffi::SecretTokenSource given{token.has_value(),
                                     slice(token ? std::string_view(*token) : std::string_view()),
                                     source.is_function()};
  auto* store = ffi::secret_store_open(slice(url), options.runtime.raw(), source.credential(),
                                       given, source.raw(), error);
  if (store == nullptr) {
    return unexpected(Error(error));
  }
  SecretStore opened(store);
  if (source.is_function()) {
    // The function is called as long as there are operations that need it.
    auto store_and_source = [store = opened.store_, source](ffi::SecretStore* /*unused*/) {};
    opened.store_ = std::shared_ptr<ffi::SecretStore>(store, std::move(store_and_source));
  }
  return opened;
}

SecretCapabilities SecretStore::capabilities() const noexcept {
  if (store_ == nullptr) {
    return {};
  }
  const ffi::SecretCapabilities can = store_->secret_capabilities();
  return {can.set, can.remove, can.versions, can.binary, can.at_once};
}

Operation<SecretValue> SecretStore::get(std::string_view name) const {
  return store_ == nullptr ? failed<SecretValue>(closed()) : secret(store_->get(slice(name)));
}

Operation<SecretValue> SecretStore::get_version(std::string_view name,
                                                std::string_view version) const {
  return store_ == nullptr ? failed<SecretValue>(closed())
                           : secret(store_->get_version(slice(name), slice(version)));
}

Operation<std::string> SecretStore::set(std::string_view name, SecretValue value) const {
  if (store_ == nullptr) {
    return failed<std::string>(closed());
  }
  return operation<std::string>(store_->set(slice(name), std::move(value).release().release()));
}

Operation<void> SecretStore::remove(std::string_view name) const {
  return store_ == nullptr ? failed<void>(closed()) : operation<void>(store_->remove(slice(name)));
}

Operation<std::vector<std::string>> SecretStore::list() const {
  using Names = std::vector<std::string>;
  return store_ == nullptr ? failed<Names>(closed())
                           : operation<Names>(store_->list(), &take_texts);
}

Operation<std::vector<std::string>> SecretStore::versions(std::string_view name) const {
  using Versions = std::vector<std::string>;
  return store_ == nullptr ? failed<Versions>(closed())
                           : operation<Versions>(store_->versions(slice(name)), &take_texts);
}

Stream<Result<SecretValue>> SecretStore::watch(std::string_view name) const {
  if (store_ == nullptr) {
    return {};
  }
  return stream<Result<SecretValue>>(store_->watch(slice(name)), &take_change);
}

TOMBOLO_NAMESPACE_END
