#include <algorithm>
#include <chrono>
#include <optional>

#include "common/figures.hpp"
#include "grpc/endpoints.hpp"

namespace rivals {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

auto soon() { return std::chrono::system_clock::now() + kPatience; }

}  // namespace

/// One call; its address is its tag in the completion queue.
struct Client::Call {
  explicit Call(std::size_t its_slot) : slot(its_slot) {}

  std::size_t slot;
  std::uint64_t number = 0;
  Number request;
  Number reply;
  grpc::Status status;
  // A context serves one call only, so each call makes it anew, in place.
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Number>> reader;
};

Client::Client(const std::string& address) {
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  if (!channel->WaitForConnected(soon())) fail("the server has not come up within ten seconds");
  stub_ = Next::NewStub(channel);
}

Client::~Client() {
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) continue;
}

void Client::start(Call& call, std::uint64_t number, Latencies* latencies) {
  call.number = number;
  call.request.set_value(number);
  if (latencies != nullptr) latencies->begin(call.slot);
  call.reader.reset();
  call.context.emplace();
  call.reader = stub_->AsyncOf(&*call.context, call.request, &queue_);
  call.reader->Finish(&call.reply, &call.status, &call);
}

Client::Call& Client::finished() {
  void* tag = nullptr;
  bool ok = false;
  if (queue_.AsyncNext(&tag, &ok, soon()) != grpc::CompletionQueue::GOT_EVENT) {
    fail("no call has ended for ten seconds");
  }
  Call& call = *static_cast<Call*>(tag);
  if (!ok || !call.status.ok()) fail("a call has failed: " + call.status.error_message());
  if (call.reply.value() != call.number + 1) fail("a wrong answer came from the server");
  return call;
}

void Client::run(std::size_t in_flight, std::uint64_t count, Latencies* latencies) {
  while (calls_.size() < in_flight) calls_.push_back(std::make_unique<Call>(calls_.size()));
  std::uint64_t started = 0;
  while (started < std::min<std::uint64_t>(in_flight, count)) {
    start(*calls_[started], started, latencies);
    ++started;
  }
  for (std::uint64_t ended = 0; ended < count; ++ended) {
    Call& call = finished();
    if (latencies != nullptr) latencies->end(call.slot);
    if (started < count) start(call, started++, latencies);
  }
}

}  // namespace rivals
