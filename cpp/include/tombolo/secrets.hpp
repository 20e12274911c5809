// Secrets: passwords, keys and tokens by name, in memory that is wiped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tombolo/bytes.hpp"
#include "tombolo/identity.hpp"
#include "tombolo/operation.hpp"
#include "tombolo/runtime.hpp"
#include "tombolo/stream.hpp"

namespace tombolo::ffi {
struct SecretStore;
}  // namespace tombolo::ffi

TOMBOLO_NAMESPACE_BEGIN

/// The value of a secret, with its version. Cheap to copy: all copies, and the core itself, share
/// one memory, which is wiped when the last of them goes. It is in pages of its own, which the
/// kernel leaves out of core dumps where it can.
///
/// Thread safety: as `std::shared_ptr`. It has no `operator<<`, and nothing of it comes in an error
/// or a log record.
class TOMBOLO_API SecretValue {
 public:
  /// An empty one.
  SecretValue() noexcept = default;

  /// A secret to be stored: a copy of `value` in memory that is wiped. What `value` points to is
  /// the caller's to wipe. `resource_exhausted` for more than 1 MiB, or if there is no memory;
  /// `unimplemented` in a build without secrets (CMake's `TOMBOLO_BLOCKS`).
  [[nodiscard]] static Result<SecretValue> copy_of(std::string_view value);
  /// The same, and wipes `value`, however it ends.
  [[nodiscard]] static Result<SecretValue> take(std::string&& value);

  /// The bytes, where they are: good as long as this or a copy of it is.
  [[nodiscard]] std::string_view view() const noexcept TOMBOLO_LIFETIMEBOUND {
    return shared_.view().substr(0, value_size());
  }
  [[nodiscard]] std::size_t size() const noexcept { return value_size(); }
  [[nodiscard]] bool empty() const noexcept { return value_size() == 0; }
  /// Which version it is, as the store names it; it says nothing about the value. Empty for one
  /// that comes from no store.
  [[nodiscard]] std::string_view version() const noexcept TOMBOLO_LIFETIMEBOUND {
    return shared_.view().substr(value_size(), version_size());
  }

  /// Copies the bytes into a string, for an interface that wants one. Nobody wipes that; `wipe`
  /// does.
  [[nodiscard]] std::string to_string() const { return std::string(view()); }
  /// Overwrites all that a string has room for, by writes that no compiler leaves out, and clears
  /// it.
  static void wipe(std::string& text) noexcept;

  /// For the library: the memory itself. The value, its version, and the length of that as four
  /// bytes, little-endian; as rust/core/src/secrets/value.rs has it.
  explicit SecretValue(Bytes shared) noexcept : shared_(std::move(shared)) {}
  [[nodiscard]] Bytes release() && noexcept { return std::move(shared_); }

 private:
  static constexpr std::size_t kLength = 4;

  [[nodiscard]] std::size_t version_size() const noexcept {
    if (shared_.size() < kLength) {
      return 0;
    }
    const auto* length = shared_.data() + shared_.size() - kLength;
    std::size_t size = 0;
    for (std::size_t i = kLength; i > 0; --i) {
      size = size << 8U | std::to_integer<std::size_t>(length[i - 1]);
    }
    return size;
  }
  [[nodiscard]] std::size_t value_size() const noexcept {
    return shared_.size() < kLength ? 0 : shared_.size() - kLength - version_size();
  }

  Bytes shared_;
};

namespace detail {
/// Crosses as the bytes that it is, where an operation is done at its start.
template <>
struct Known<SecretValue> {
  static constexpr std::uint32_t kind = Known<Bytes>::kind;
  using Cell = Known<Bytes>::Cell;
  static Result<SecretValue> result(const Cell& cell) { return SecretValue(Bytes(cell)); }
};
}  // namespace detail

/// What a store of secrets can do. What it cannot is answered with `unimplemented` before anything
/// is done.
struct SecretCapabilities {
  bool set = false;
  bool remove = false;
  /// Versions before the current one can be read. Without it there is the current one alone.
  bool versions = false;
  /// Values of any bytes; else text in UTF-8.
  bool binary = false;
  /// Every `get` is ready at once, from memory.
  bool at_once = false;
};

struct SecretStoreOptions {
  /// Where its operations run.
  Runtime runtime;
  /// For `vault`: gives the JSON Web Tokens that it logs in with.
  TokenSource credential;
};

/// A store of secrets. Cheap to copy; many threads may use it at once. Names are text of 1 to 512
/// bytes without control characters; a backend may ask for more.
class SecretStore {
 public:
  /// One that is not open; its operations fail.
  SecretStore() noexcept = default;

  /// Opens a store by a URL:
  ///
  ///     folder:///run/secrets                   files, as orchestrators mount them
  ///     env://APP_                              the environment, as it is at this moment
  ///     vault://host:8200/mount?token_file=…    HashiCorp Vault or OpenBao, key-value version 2
  ///
  /// A file of a folder is a secret to the byte. The link `..data` of Kubernetes is followed, so
  /// that each read is of one version; such a folder is not written to. Versions in a folder and in
  /// the environment are marks of the values, which reveal nothing and mean nothing in another
  /// process. Parameters, in seconds, but for `env`:
  ///
  /// - `ttl`: how long a value that was read is given without asking again: 5 in a folder, 300
  ///   else; 0 for not at all;
  /// - `max_stale`: how much longer it is given while the source is down: 3600;
  /// - `poll`: how often a watch looks: 5 in a folder, 30 else.
  ///
  /// Of `vault`: `token_env` (`VAULT_TOKEN`) or `token_file`; or `role` with `jwt_file` or a
  /// `credential`, and `login` (`jwt`), the path of the authentication method; `field` (`value`),
  /// which one of a secret's fields is its value; `namespace`; `tls=false` for a server or an agent
  /// on this machine; `ca_file`, `proxy` and `user_agent` as of blob stores.
  ///
  /// Sends nothing; a folder must be there. Fails with `invalid_argument`, whose message names what
  /// of the URL is wrong; with `not_found` for a folder that is not there; with `unimplemented` in
  /// a build without secrets.
  [[nodiscard]] static Result<SecretStore> open(std::string_view url,
                                                const SecretStoreOptions& options = {});

  [[nodiscard]] SecretCapabilities capabilities() const noexcept;

  /// The current value of a secret, no older than `ttl`. What is kept is ready at once, without an
  /// allocation. What has to be asked for is asked once for all who wait. While the source is down,
  /// an older value is given, within `max_stale`. `not_found` if there is no such secret;
  /// `unavailable` if the source is down and nothing is young enough.
  [[nodiscard]] Operation<SecretValue> get(std::string_view name) const;
  /// The value in one of its versions; not kept. `not_found` also where there is no such version,
  /// or not any more.
  [[nodiscard]] Operation<SecretValue> get_version(std::string_view name,
                                                   std::string_view version) const;
  /// Gives a secret a new value. The new version.
  [[nodiscard]] Operation<std::string> set(std::string_view name, SecretValue value) const;
  /// Deletes a secret with all its versions; what is absent is deleted already.
  [[nodiscard]] Operation<void> remove(std::string_view name) const;
  /// The names of all secrets, in their byte order.
  [[nodiscard]] Operation<std::vector<std::string>> list() const;
  /// The versions of a secret that can be read, the current one first.
  [[nodiscard]] Operation<std::vector<std::string>> versions(std::string_view name) const;

  /// What becomes of a secret: first what it is now, then each change, once. An item is a value
  /// with another version than the one before; or the error `not_found`, once, when the secret is
  /// not there; or another error of the source, once of each code until there is a change. The same
  /// version is not told again after an error. Such an error does not end the stream.
  ///
  /// It looks every `poll` while a `next` waits, and not while none does; what it sees, `get`
  /// gives. A `next` has its deadline as every operation, 60 seconds unless `timeout` says
  /// otherwise: when that passes there was no change, and the next `next` goes on.
  [[nodiscard]] Stream<Result<SecretValue>> watch(std::string_view name) const;

 private:
  explicit SecretStore(ffi::SecretStore* store);
  std::shared_ptr<ffi::SecretStore> store_;
};

TOMBOLO_NAMESPACE_END
