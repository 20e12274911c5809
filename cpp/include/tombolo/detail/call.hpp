// Calls from Rust, and what takes them, without their types. Defined in the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "tombolo/bytes.hpp"
#include "tombolo/completion_queue.hpp"
#include "tombolo/detail/abi.hpp"
#include "tombolo/result.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

/// Defined in the library.
class HandlerCore;

/// A hold on a call of Rust's. When the last one goes and nobody has answered, Rust hears that.
class TOMBOLO_API Call {
 public:
  Call() noexcept = default;
  Call(RawCall raw, std::shared_ptr<HandlerCore> handler) noexcept;
  Call(Call&& other) noexcept;
  Call& operator=(Call&& other) noexcept;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  [[nodiscard]] const RawCall& raw() const noexcept { return raw_; }
  /// Answers with an error. False if it came too late.
  bool fail(Error error) const noexcept;
  /// Whether Rust waits for the answer.
  [[nodiscard]] bool is_wanted() const noexcept;
  /// Gives the hold back, and makes room for another call.
  void reset() noexcept;

 private:
  RawCall raw_;
  std::shared_ptr<HandlerCore> handler_;
};

// How requests of the types that Tombolo itself knows are moved out of a call …
TOMBOLO_API bool take_request(const RawCall& call) noexcept;
TOMBOLO_API bool take_request(const RawCall& call, bool& out) noexcept;
TOMBOLO_API bool take_request(const RawCall& call, std::int64_t& out) noexcept;
TOMBOLO_API bool take_request(const RawCall& call, std::uint64_t& out) noexcept;
TOMBOLO_API bool take_request(const RawCall& call, double& out) noexcept;
TOMBOLO_API bool take_request(const RawCall& call, std::string& out) noexcept;
TOMBOLO_API bool take_request(const RawCall& call, Bytes& out) noexcept;
// … and how it is answered with one. False if that came too late, or Rust expects another type.
TOMBOLO_API bool answer(const RawCall& call) noexcept;
TOMBOLO_API bool answer(const RawCall& call, bool value) noexcept;
TOMBOLO_API bool answer(const RawCall& call, std::int64_t value) noexcept;
TOMBOLO_API bool answer(const RawCall& call, std::uint64_t value) noexcept;
TOMBOLO_API bool answer(const RawCall& call, double value) noexcept;
TOMBOLO_API bool answer(const RawCall& call, std::string value) noexcept;
TOMBOLO_API bool answer(const RawCall& call, Bytes value) noexcept;

/// How a request comes out of a call, and how an answer goes into it.
template <class Request>
struct Taking {
  using Function = bool (*)(const RawCall&, Request&) noexcept;
  static bool known(const RawCall& call, Request& out) noexcept { return take_request(call, out); }
};
template <>
struct Taking<void> {
  using Function = bool (*)(const RawCall&) noexcept;
  static bool known(const RawCall& call) noexcept { return take_request(call); }
};
template <class Answer>
struct Answering {
  using Function = bool (*)(const RawCall&, Answer) noexcept;
  static bool known(const RawCall& call, Answer value) noexcept {
    return answer(call, std::move(value));
  }
};
template <>
struct Answering<void> {
  using Function = bool (*)(const RawCall&) noexcept;
  static bool known(const RawCall& call) noexcept { return answer(call); }
};

/// The function of a handler, without its types.
struct HandlerFunction {
  /// Runs it. What it throws is the answer.
  void (*run)(HandlerFunction* self, Call call);
  void (*destroy)(HandlerFunction* self) noexcept;
};

/// Pulls calls on `queue` and gives them to `function`, which it takes over, also where it fails.
[[nodiscard]] TOMBOLO_API Result<std::shared_ptr<HandlerCore>> open_handler(
    const CompletionQueue& queue, HandlerFunction* function, std::size_t concurrency);
/// What Rust calls it by.
[[nodiscard]] TOMBOLO_API RawHandler raw_handler(const HandlerCore& handler) noexcept;
/// Takes no further calls.
TOMBOLO_API void close_handler(HandlerCore& handler) noexcept;

/// The request is not of the type that the handler takes.
TOMBOLO_API Error wrong_request() noexcept;

}  // namespace detail
TOMBOLO_NAMESPACE_END
