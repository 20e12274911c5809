// A blob store for unit tests: in memory, with scripted answers, faults and delays.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tombolo/blob.hpp"
#include "tombolo/testing/gate.hpp"

namespace tombolo::ffi::testing {
struct Fake;
}

TOMBOLO_NAMESPACE_BEGIN
namespace testing {

/// An operation of a store, as rules and records name it.
enum class Call : std::uint32_t {
  /// Whichever; for rules alone.
  any = 0,
  /// `get` and `get_object`.
  get = 1,
  /// `get_into` in all its forms.
  get_into = 2,
  head = 3,
  put = 4,
  open_reader = 5,
  /// A `BlobReader::next`, also the one that finds the end.
  read = 6,
  open_writer = 7,
  /// A `BlobWriter::write`.
  write = 8,
  /// A `BlobWriter::finish`.
  finish = 9,
  /// A page of a listing, also the one that finds the end. Its key is the prefix.
  list = 10,
  remove = 11,
  remove_many = 12,
  copy = 13,
  rename = 14,
};

/// The name, such as "open_reader".
[[nodiscard]] std::string_view to_string(Call call) noexcept;

/// How a call has ended.
enum class Outcome : std::uint32_t {
  /// Not yet.
  pending = 0,
  value = 1,
  /// A stream was at its end.
  end = 2,
  error = 3,
  /// It was cancelled, or its deadline passed.
  dropped = 4,
  panic = 5,
};

/// The error that a rule has a call fail with.
struct Fault {
  // NOLINTNEXTLINE(google-explicit-constructor): a code alone is a fault.
  Fault(ErrorCode fault_code, std::string fault_message = "a fault of the test's script")
      : code(fault_code), message(std::move(fault_message)) {}

  ErrorCode code;
  std::string message;
  ErrorKind kind = ErrorKind::general;
  /// What the error says of the call's effect. A fault of a read has none.
  Effect effect = Effect::none;
  /// Whether the call is made before it fails. That must go together with `effect`: not for `none`,
  /// always for `done`, as the test likes for `unknown`.
  bool applied = false;
  /// Whether a retry can help; unless it is said, as it is for this code.
  std::optional<bool> retryable;
};

/// A call that the store was asked. What a store refuses before its backend is asked, such as a key
/// that is none, is not among them.
struct RecordedCall {
  Call call = Call::any;
  /// Of `remove_many` the first key, of `list` the prefix.
  std::string key;
  /// The target of a copy or a rename, the further keys of `remove_many`.
  std::vector<std::string> other_keys;
  /// How many bytes of a body were given, and answered.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  Outcome outcome = Outcome::pending;
  /// Of an `Outcome::error`.
  std::optional<ErrorCode> code;
  Effect effect = Effect::none;
  /// Whether a rule has answered it.
  bool scripted = false;
};

class FakeBlobStore;

/// Says which calls a rule is for, and then what becomes of them, which adds the rule to its fake.
/// By default a rule is for all calls of its operation, whatever the key. Not to be kept: it refers
/// to the fake.
class [[nodiscard]] CallsOf {
 public:
  /// Only calls on this key; of `remove_many`, `copy` and `rename` any one of the keys.
  CallsOf key(std::string_view key) &&;
  /// Only calls on keys that begin with this.
  CallsOf prefix(std::string_view prefix) &&;
  /// Only calls on a reader, a writer or a listing that has had so many chunks, pieces or pages.
  CallsOf after(std::uint64_t items) &&;
  /// Only the next so many that no earlier rule has.
  CallsOf next(std::uint64_t calls) &&;
  /// Only that one, counted from 1; those that another rule answers count as well.
  CallsOf nth(std::uint64_t call) &&;
  /// First waits for so long, by the clock that a `Clock` holds, or by real time.
  CallsOf delay(std::chrono::nanoseconds by) &&;
  /// First waits at the gate, after the delay.
  CallsOf at(const Gate& gate) &&;

  /// Answers as the store in memory does: after a delay or a gate.
  void answer() &&;
  /// Fails.
  void fail(const Fault& fault) &&;
  /// Panics in the Rust core. The operation answers `internal`, kind `panic`.
  void panic(std::string_view message = "a panic of the test's script") &&;
  /// Answers with the first `size` bytes of the body only. For `get` and `read`; a call whose body
  /// is no longer than that fails.
  void cut_body(std::uint64_t size) &&;
  /// Answers with the body, one bit of which, in this byte, is turned over. For `get` and `read`; a
  /// call whose body has no such byte fails.
  void spoil_body(std::uint64_t byte) &&;

 private:
  friend class FakeBlobStore;
  CallsOf(std::shared_ptr<ffi::testing::Fake> fake, Call call);
  struct Answer;
  void add(const Answer& answer) const;

  std::shared_ptr<ffi::testing::Fake> fake_;
  Call call_;
  std::uint32_t keys_ = 0;
  std::string key_;
  std::uint64_t after_ = 0;
  std::uint32_t times_ = 0;
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds delay_{0};
  std::optional<Gate> gate_;
};

/// A blob store for unit tests. The code under test has `store()`, which is a `BlobStore` as any
/// other, kept in memory; the test has the rules and the record of calls.
///
///     FakeBlobStore fake;
///     fake.on(Call::put).key("a/b").next(2).fail(ErrorCode::unavailable);
///     upload(fake.store(), "a/b");
///     EXPECT_TRUE(fake.verify());
///
/// Of several rules for a call, the first that was added has it; one that is used up has no more.
/// Operations run on a worker of the runtime, as those of a store in the cloud do, so none is done
/// at once. A program of tests has one worker unless `configure_runtime` says otherwise, so calls
/// come in the order in which a thread starts them. Errors name the service "blob.fake".
///
/// A rule that can never come true, such as a read with an effect, is an error that `verify` tells;
/// until it is cleared, each call of the store fails with it, so that no test passes by it.
///
/// Safe to use from any thread; nothing blocks. The store outlives the fake, with its rules.
class FakeBlobStore {
 public:
  struct Options {
    Options() {}

    /// Readers answer with chunks of at most so many bytes; 0: as a store in memory has them.
    std::size_t chunk_size = 0;
  };
  explicit FakeBlobStore(const Options& options = {});

  /// The store for the code under test. Its copies are the same store.
  [[nodiscard]] BlobStore& store() noexcept TOMBOLO_LIFETIMEBOUND { return store_; }

  /// Begins a rule for calls of an operation.
  CallsOf on(Call call);

  /// Whether every rule was used: one with `next` as often as it says, any other at least once. If
  /// not, a `failed_precondition` that names them all, with the number of calls that they were for;
  /// `invalid_argument` for rules that can never come true.
  [[nodiscard]] Result<void> verify() const;

  /// The calls that came, in the order of their coming; those that have not ended are `pending`.
  [[nodiscard]] std::vector<RecordedCall> calls() const;
  /// Those of one operation.
  [[nodiscard]] std::vector<RecordedCall> calls(Call call) const;

  /// Forgets the calls that came. Of those that are under way nothing is recorded any more.
  void clear_calls() noexcept;
  /// Forgets all rules. Calls that one of them has already go on by it.
  void clear_rules() noexcept;

 private:
  std::shared_ptr<ffi::testing::Fake> fake_;
  BlobStore store_;
};

}  // namespace testing
TOMBOLO_NAMESPACE_END
