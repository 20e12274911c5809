// Identity: tokens that show services who asks, from an issuer or a source of the application's
// own; and tokens that come in, which are verified and say whom they are about.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tombolo/completion_queue.hpp"
#include "tombolo/handler.hpp"
#include "tombolo/operation.hpp"

namespace tombolo::ffi {
struct Claims;
struct Credential;
struct Verifier;
}  // namespace tombolo::ffi

TOMBOLO_NAMESPACE_BEGIN

/// A bearer token (RFC 6750).
struct AccessToken {
  std::string token;
  /// How long it is good for, from when it is given on; none if that is not known: then it is kept
  /// until a service refuses it.
  std::optional<std::chrono::seconds> expires_in;
};

namespace detail {
TOMBOLO_API bool answer_token(const RawCall& call, AccessToken token) noexcept;
}  // namespace detail

/// Who we are for the services that we ask: an identity that an issuer knows, Microsoft Entra ID
/// above all, and the tokens that it has given for it. Cheap to copy; many threads may use it at
/// once.
///
/// Tokens are kept for the whole process: two credentials that were opened alike share them. One
/// request is under way for each scope at most, whoever waits. A token is renewed in its last five
/// minutes, or the last fifth of a shorter life, or a little later at random, beside those who ask
/// for it; while that fails, the old one is given as long as it is valid.
class Credential {
 public:
  /// One that is not open; its operations fail.
  Credential() noexcept = default;

  /// Opens a credential by a URL:
  ///
  ///     azure:default              the first of the following that is there, in this order
  ///     azure:client-secret        an application that is registered, by a secret,
  ///     azure:client-certificate   or by an assertion that its certificate's key signs
  ///     azure:workload             a workload identity: a token that Kubernetes puts into a file
  ///     azure:managed              a managed identity, by instance metadata or of App Service
  ///     azure:cli                  who is logged in with the Azure CLI, for development
  ///     static:?file=/path         a token that was got by other means, in a file
  ///     static:?env=NAME           or in a variable of the environment
  ///
  /// Which member of `azure:default` is there, is found out with the first token, and stays. A
  /// member that is there and refuses, or is out of order, ends the chain. Where there is no
  /// instance metadata, that costs a second.
  ///
  /// What the URL leaves out is read from the environment, here and now, under the names that
  /// Microsoft's libraries have: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`,
  /// `AZURE_CLIENT_CERTIFICATE_PATH`, `AZURE_FEDERATED_TOKEN_FILE`, `AZURE_AUTHORITY_HOST`,
  /// `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`. Parameters, where a member knows them:
  ///
  /// - `tenant_id`, `client_id`; with `azure:managed` the latter names a user-assigned identity;
  /// - `client_secret_file`: the secret in a file;
  /// - `certificate_file`: certificate and RSA key without a password, in PEM; `algorithm`: PS256,
  ///   or RS256 for older authorities; `send_chain`: true sends the certificate along;
  /// - `token_file`: the workload's token; files are read again for each new token;
  /// - `authority_host`: https://login.microsoftonline.com;
  /// - `metadata_endpoint`: http://169.254.169.254;
  /// - `program`: the Azure CLI's absolute path, if not `az` where `PATH` finds it;
  /// - `ca_file`, `proxy` and `user_agent`, as of blob stores, for Entra ID.
  ///
  /// Nothing is sent. Fails with `invalid_argument`, whose message names the parameter, the
  /// variable or the file, and shows no secret; with `unimplemented` in a build without identity
  /// (CMake's `TOMBOLO_BLOCKS`).
  [[nodiscard]] static Result<Credential> open(std::string_view url);

  /// A token for `scope`, such as "https://storage.azure.com/.default": a copy of the one that is
  /// kept, which is ready at once; else one that is asked for on a worker. `expires_in` is told
  /// from now. `unauthenticated` if there is no identity or its issuer refuses, `unavailable` if
  /// that cannot be reached; the message says what each member of a chain has answered, and shows
  /// no secret. `scope` is copied.
  [[nodiscard]] Operation<AccessToken> token(std::string_view scope) const;

  /// For the library.
  [[nodiscard]] const ffi::Credential* raw() const noexcept { return credential_.get(); }

 private:
  explicit Credential(ffi::Credential* credential);
  static bool take_token(const Ticket& op, AccessToken& out) noexcept;
  std::shared_ptr<const ffi::Credential> credential_;
};

/// Where a store gets its tokens: a credential, a token, or a function. Cheap to copy, and
/// thread-safe; a store keeps the source that it was opened with. Whoever asks keeps a token until
/// shortly before it expires, and asks once for all operations that need it; it asks again where a
/// service refuses one.
class TokenSource {
 public:
  /// No source: the store finds its credential in the URL.
  TokenSource() noexcept = default;
  /// This token, for as long as services take it.
  explicit TokenSource(std::string token) : token_(std::move(token)) {}
  /// A credential, which may stand wherever a source is wanted. One that is not open is no source.
  TokenSource(Credential credential) noexcept  // NOLINT(google-explicit-constructor)
      : credential_(std::move(credential)) {}

  /// A function that gives a token for a scope, such as "https://storage.azure.com/.default". It is
  /// one of
  ///
  ///     AccessToken function(std::string scope)          also Result<AccessToken>
  ///     void function(std::string scope, Reply<AccessToken>)      which may answer later
  ///
  /// and runs as any `Handler`'s: in a drain of `queue` and nowhere else, until the last copy of
  /// the source and of the stores that were opened with it is gone. So `wait()` on the only thread
  /// that drains `queue` is answered with an error, as it could not end. What the function throws,
  /// or answers as an error, is the cause of the operation's. It has 30 seconds.
  template <class F>
  [[nodiscard]] static Result<TokenSource> create(const CompletionQueue& queue, F&& function) {
    auto handler = Tokens::create(queue, std::forward<F>(function),
                                  &detail::Taking<std::string>::known, &detail::answer_token);
    return std::move(handler).transform([](Tokens tokens) {
      TokenSource source;
      source.handler_ = std::make_shared<Tokens>(std::move(tokens));
      return source;
    });
  }

  /// For the library: the credential, or the token, if there is one by itself, and what Rust calls.
  [[nodiscard]] const ffi::Credential* credential() const noexcept { return credential_.raw(); }
  [[nodiscard]] const std::optional<std::string>& token() const noexcept { return token_; }
  [[nodiscard]] bool is_function() const noexcept { return handler_ != nullptr; }
  [[nodiscard]] RawHandler raw() const noexcept {
    return handler_ == nullptr ? RawHandler() : handler_->raw();
  }

 private:
  using Tokens = Handler<std::string, AccessToken>;

  Credential credential_;
  std::optional<std::string> token_;
  std::shared_ptr<Tokens> handler_;
};

/// What a token that is good says: claims, by name. Cheap to copy, and many threads may read it at
/// once. Each call copies what it returns, and none blocks.
///
/// A path is the name of a claim, or, where it begins with a slash, a JSON pointer (RFC 6901) to
/// what is within one: `/realm_access/roles`. A claim that is there, but of another type than is
/// asked for, counts as absent. In a forked child everything is.
class Claims {
 public:
  /// No claims at all.
  Claims() noexcept = default;

  /// Who has issued the token (`iss`), and whom it is about (`sub`); empty if it does not say.
  [[nodiscard]] std::string issuer() const { return text("iss").value_or(std::string()); }
  [[nodiscard]] std::string subject() const { return text("sub").value_or(std::string()); }
  /// Whom it is meant for (`aud`).
  [[nodiscard]] std::vector<std::string> audiences() const { return texts("aud"); }
  /// From when on it is no longer good (`exp`), with which a verifier's tokens all come.
  [[nodiscard]] std::optional<std::chrono::system_clock::time_point> expires_at() const {
    return time("exp");
  }
  /// Whether what it grants has `scope`: one of the words of `scope` (RFC 8693), or of `scp`, as
  /// some issuers have it, in one text or in a list.
  [[nodiscard]] bool has_scope(std::string_view scope) const;

  [[nodiscard]] bool has(std::string_view path) const { return json(path).has_value(); }
  [[nodiscard]] std::optional<std::string> text(std::string_view path) const;
  /// A claim that is one text or a list of texts; none of them if it is neither.
  [[nodiscard]] std::vector<std::string> texts(std::string_view path) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view path) const;
  [[nodiscard]] std::optional<double> number(std::string_view path) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view path) const;
  /// Seconds since 1970 in the token, with or without a fraction.
  [[nodiscard]] std::optional<std::chrono::system_clock::time_point> time(
      std::string_view path) const;
  /// A claim of any type, as JSON.
  [[nodiscard]] std::optional<std::string> json(std::string_view path) const;

  /// The names of all claims, in the order of the token.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The whole, as the token has it; good as long as these claims or a copy of them are.
  [[nodiscard]] std::string_view json() const noexcept;

 private:
  friend class Verifier;
  explicit Claims(ffi::Claims* claims);
  std::shared_ptr<const ffi::Claims> claims_;
};

/// Verifies JSON Web Tokens (RFC 7519) against the public keys of their issuer: signature,
/// algorithm, issuer, audience, times, and what else its URL demands. Cheap to copy; many threads
/// may use it at once.
///
/// What a bad token is refused for is the error's message; its code is `unauthenticated`. The
/// message has neither the token nor any of its claims but issuer, audience and times.
class Verifier {
 public:
  /// One that is not open; its operations fail.
  Verifier() noexcept = default;

  /// Opens a verifier by a URL:
  ///
  ///     oidc:https://issuer?audience=service
  ///     jwks:https://issuer/keys?issuer=https://issuer&audience=service
  ///     jwks:/etc/service/keys.json?issuer=https://issuer&audience=service
  ///
  /// The keys are those that an issuer publishes, found by its configuration (OpenID Connect
  /// Discovery); the same at a known place; or a file with a set of them (RFC 7517), which is read
  /// here and now. Nothing is sent before the first token is verified. Keys that are fetched are
  /// kept as long as their answer allows, and fetched again beside the operations then, or when a
  /// token names a key that is not among them, every 30 seconds at most. While the issuer cannot be
  /// reached, they serve for another day. Parameters:
  ///
  /// - `issuer`, needed unless it is the URL's: `iss` to the letter;
  /// - `audience`, needed, may be given several times: `aud` must name one of them;
  /// - `algorithm`, may be given several times: without it RS256, PS256, ES256 and EdDSA; known are
  ///   RS384, RS512, PS384, PS512 and ES384 as well. Unsigned tokens, and those that are signed
  ///   with a shared secret, are always refused;
  /// - `clock_skew`: how far clocks may be apart, in seconds: 60, at most 600;
  /// - `required_claim`, may be given several times: a path that must be there;
  /// - `token_type`: `typ` in the token's header, such as `at+jwt` (RFC 9068);
  /// - `max_age`: how long ago a token may have been issued (`iat`), in seconds;
  /// - for keys that are fetched: `ca_file`, `proxy` and `user_agent`, as of blob stores.
  ///
  /// Fails with `invalid_argument`, whose message names what of the URL or the file is wrong; with
  /// `unimplemented` in a build without identity (CMake's `TOMBOLO_BLOCKS`).
  [[nodiscard]] static Result<Verifier> open(std::string_view url);

  /// The claims of `token`, if it is good now. Where its key is there, it is ready at once: what it
  /// costs is the check of the signature, some 30 to 100 microseconds on the thread that starts it.
  /// Else the issuer's keys are fetched first, once for all who wait; `unavailable` if there are
  /// none and none can be had. The token is copied.
  [[nodiscard]] Operation<Claims> verify(std::string_view token) const;

  /// The same at once, on this thread and without a copy of the token, by the keys that are there;
  /// `unavailable` if none were fetched yet.
  [[nodiscard]] Result<Claims> verify_now(std::string_view token) const;

 private:
  explicit Verifier(ffi::Verifier* verifier);
  static bool take_claims(const Ticket& op, Claims& out) noexcept;
  std::shared_ptr<const ffi::Verifier> verifier_;
};

TOMBOLO_NAMESPACE_END
