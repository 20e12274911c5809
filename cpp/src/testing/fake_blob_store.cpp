// The fake blob store in front of the bridge's.
#include "tombolo/testing/fake_blob_store.hpp"

#include <utility>

#include "handles.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace testing {

std::string_view to_string(Call call) noexcept {
  switch (call) {
    case Call::any:
      return "any";
    case Call::get:
      return "get";
    case Call::get_into:
      return "get_into";
    case Call::head:
      return "head";
    case Call::put:
      return "put";
    case Call::open_reader:
      return "open_reader";
    case Call::read:
      return "read";
    case Call::open_writer:
      return "open_writer";
    case Call::write:
      return "write";
    case Call::finish:
      return "finish";
    case Call::list:
      return "list";
    case Call::remove:
      return "remove";
    case Call::remove_many:
      return "remove_many";
    case Call::copy:
      return "copy";
    case Call::rename:
      return "rename";
  }
  return "no call of this version";
}

namespace {

// How keys and times are told to the bridge.
constexpr std::uint32_t kExactly = 1;
constexpr std::uint32_t kUnder = 2;
constexpr std::uint32_t kNext = 1;
constexpr std::uint32_t kNth = 2;

RecordedCall to_std(const ffi::testing::Asked& asked) {
  RecordedCall call;
  call.call = static_cast<Call>(asked.call);
  call.key = tombolo::detail::to_std(asked.key);
  for (const rust::String& other : asked.others) {
    call.other_keys.push_back(tombolo::detail::to_std(other));
  }
  call.sent = asked.sent;
  call.received = asked.received;
  call.outcome = static_cast<Outcome>(asked.outcome);
  if (asked.code != 0) {
    call.code = static_cast<ErrorCode>(asked.code);
  }
  call.effect = static_cast<Effect>(asked.effect);
  call.scripted = asked.scripted;
  return call;
}

}  // namespace

/// What becomes of the calls, by the numbers of the bridge.
struct CallsOf::Answer {
  enum class What : std::uint32_t { real = 0, fault = 1, panic = 2, cut = 3, spoilt = 4 };

  What what = What::real;
  std::uint64_t place = 0;
  std::string_view message;
  const Fault* fault = nullptr;
};

CallsOf::CallsOf(std::shared_ptr<ffi::testing::Fake> fake, Call call)
    : fake_(std::move(fake)), call_(call) {}

CallsOf CallsOf::key(std::string_view key) && {
  keys_ = kExactly;
  key_ = key;
  return std::move(*this);
}

CallsOf CallsOf::prefix(std::string_view prefix) && {
  keys_ = kUnder;
  key_ = prefix;
  return std::move(*this);
}

CallsOf CallsOf::after(std::uint64_t items) && {
  after_ = items;
  return std::move(*this);
}

CallsOf CallsOf::next(std::uint64_t calls) && {
  times_ = kNext;
  count_ = calls;
  return std::move(*this);
}

CallsOf CallsOf::nth(std::uint64_t call) && {
  times_ = kNth;
  count_ = call;
  return std::move(*this);
}

CallsOf CallsOf::delay(std::chrono::nanoseconds by) && {
  delay_ = by;
  return std::move(*this);
}

CallsOf CallsOf::at(const Gate& gate) && {
  gate_ = gate;
  return std::move(*this);
}

void CallsOf::answer() && { add({}); }

void CallsOf::fail(const Fault& fault) && { add({Answer::What::fault, 0, fault.message, &fault}); }

void CallsOf::panic(std::string_view message) && { add({Answer::What::panic, 0, message}); }

void CallsOf::cut_body(std::uint64_t size) && { add({Answer::What::cut, size, {}}); }

void CallsOf::spoil_body(std::uint64_t byte) && { add({Answer::What::spoilt, byte, {}}); }

void CallsOf::add(const Answer& answer) const {
  using tombolo::detail::slice;
  ffi::testing::Rule rule{};
  rule.call = static_cast<std::uint32_t>(call_);
  rule.keys = keys_;
  rule.key = slice(key_);
  rule.after = after_;
  rule.times = times_;
  rule.count = count_;
  rule.delay_ns = delay_.count();
  rule.answer = static_cast<std::uint32_t>(answer.what);
  rule.place = answer.place;
  rule.message = slice(answer.message);
  if (answer.fault != nullptr) {
    constexpr std::uint32_t kByTheCode = 2;
    const Fault& fault = *answer.fault;
    rule.code = static_cast<std::uint32_t>(fault.code);
    rule.kind = static_cast<std::uint32_t>(fault.kind);
    rule.effect = static_cast<std::uint32_t>(fault.effect);
    rule.retryable = fault.retryable ? static_cast<std::uint32_t>(*fault.retryable) : kByTheCode;
    rule.applied = fault.applied;
  }
  if (gate_) {
    fake_->add_at(rule, *gate_->gate_);
  } else {
    fake_->add(rule);
  }
}

FakeBlobStore::FakeBlobStore(const Options& options)
    : fake_(testing_detail::made<ffi::testing::Fake>(
                [&](auto& error) { return ffi::testing::fake_open(options.chunk_size, error); },
                &ffi::testing::fake_free)
                .value()) {
  tombolo::detail::RawError error;
  auto* store = fake_->store(error);
  if (store == nullptr) {
    tombolo::detail::throw_bad_result_access(Error(error));
  }
  store_ = BlobStore(store);
}

CallsOf FakeBlobStore::on(Call call) { return {fake_, call}; }

Result<void> FakeBlobStore::verify() const {
  return testing_detail::checked([&](auto& error) { fake_->verify(error); });
}

std::vector<RecordedCall> FakeBlobStore::calls() const { return calls(Call::any); }

std::vector<RecordedCall> FakeBlobStore::calls(Call call) const {
  std::vector<RecordedCall> calls;
  for (const ffi::testing::Asked& asked : fake_->calls()) {
    if (call == Call::any || asked.call == static_cast<std::uint32_t>(call)) {
      calls.push_back(to_std(asked));
    }
  }
  return calls;
}

void FakeBlobStore::clear_calls() noexcept { fake_->clear_calls(); }

void FakeBlobStore::clear_rules() noexcept { fake_->clear_rules(); }

}  // namespace testing
TOMBOLO_NAMESPACE_END
