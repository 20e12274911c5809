// What may be done with Tombolo's objects from several threads, for static_assert. A test compares
// it with what Rust's compiler proves about the objects behind them.
#pragma once

#include <type_traits>

#include "tombolo/blob.hpp"
#include "tombolo/bytes.hpp"
#include "tombolo/cancellation.hpp"
#include "tombolo/completion_queue.hpp"
#include "tombolo/error.hpp"
#include "tombolo/handler.hpp"
#include "tombolo/identity.hpp"
#include "tombolo/lent_buffer.hpp"
#include "tombolo/log.hpp"
#include "tombolo/operation.hpp"
#include "tombolo/runtime.hpp"
#include "tombolo/secrets.hpp"
#include "tombolo/stream.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

template <bool IsSendable, bool IsThreadSafe>
struct ThreadSafety {
  static constexpr bool kIsSendable = IsSendable;
  static constexpr bool kIsThreadSafe = IsThreadSafe;
};
using Shared = ThreadSafety<true, true>;
using OfOneThread = ThreadSafety<true, false>;

template <class T>
struct ThreadSafetyOf {
  static_assert(!std::is_same_v<T, T>, "this is no type of Tombolo's with an object behind it");
};
template <>
struct ThreadSafetyOf<BlobReader> : Shared {};
template <>
struct ThreadSafetyOf<BlobStore> : Shared {};
template <>
struct ThreadSafetyOf<BlobWriter> : Shared {};
template <>
struct ThreadSafetyOf<Bytes> : Shared {};
template <>
struct ThreadSafetyOf<CancellationSource> : Shared {};
template <>
struct ThreadSafetyOf<CancellationToken> : Shared {};
template <>
struct ThreadSafetyOf<Claims> : Shared {};
template <>
struct ThreadSafetyOf<CompletionQueue> : Shared {};
template <>
struct ThreadSafetyOf<Credential> : Shared {};
template <>
struct ThreadSafetyOf<Error> : Shared {};
template <class Request, class Answer>
struct ThreadSafetyOf<Handler<Request, Answer>> : Shared {};
template <class Owner>
struct ThreadSafetyOf<LentBuffer<Owner>> : Shared {};
template <>
struct ThreadSafetyOf<LogSink> : Shared {};
template <class T>
struct ThreadSafetyOf<Operation<T>> : OfOneThread {};
template <class Answer>
struct ThreadSafetyOf<Reply<Answer>> : Shared {};
template <>
struct ThreadSafetyOf<Running> : OfOneThread {};
template <>
struct ThreadSafetyOf<Runtime> : Shared {};
template <>
struct ThreadSafetyOf<SecretStore> : Shared {};
template <>
struct ThreadSafetyOf<SecretValue> : Shared {};
template <class T>
struct ThreadSafetyOf<Stream<T>> : Shared {};
template <>
struct ThreadSafetyOf<TokenSource> : Shared {};
template <>
struct ThreadSafetyOf<Verifier> : Shared {};

}  // namespace detail

/// Whether an object may be moved to another thread, used and destroyed there.
template <class T>
inline constexpr bool is_sendable_v = detail::ThreadSafetyOf<T>::kIsSendable;

/// Whether many threads may use one object at once, but for moving, assigning to and destroying it.
/// What an object does for one caller at a time (draining a queue, a `next` of a stream, a write of
/// a writer) answers all others with `failed_precondition`.
template <class T>
inline constexpr bool is_thread_safe_v = detail::ThreadSafetyOf<T>::kIsThreadSafe;

TOMBOLO_NAMESPACE_END
