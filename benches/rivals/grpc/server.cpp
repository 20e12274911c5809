// The server, with a completion queue and one thread: the fastest of gRPC's ways to serve. Its
// that was fastest here.
#include <optional>

#include "common/figures.hpp"
#include "grpc/endpoints.hpp"

namespace rivals {
namespace {

constexpr std::size_t kMostWaiting = 128;  // More than the client has in flight.

/// Waits for a call, answers it, and waits for the next one.
class Answerer {
 public:
  Answerer(Next::AsyncService& service, grpc::ServerCompletionQueue& queue)
      : service_(service), queue_(queue) {
    wait();
  }

  void go_on(bool ok) {
    if (!answered_ && ok) {
      answer();
    } else {
      wait();
    }
  }

 private:
  void wait() {
    answered_ = false;
    writer_.reset();
    context_.emplace();
    writer_.emplace(&*context_);
    service_.RequestOf(&*context_, &request_, &*writer_, &queue_, &queue_, this);
  }

  void answer() {
    answered_ = true;
    reply_.set_value(request_.value() + 1);
    writer_->Finish(reply_, grpc::Status::OK, this);
  }

  Next::AsyncService& service_;
  grpc::ServerCompletionQueue& queue_;
  Number request_;
  Number reply_;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<Number>> writer_;
  bool answered_ = false;
};

}  // namespace

void serve(const std::string& address) {
  Next::AsyncService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  if (!server) fail("cannot listen on " + address);
  std::vector<std::unique_ptr<Answerer>> answerers;
  for (std::size_t i = 0; i < kMostWaiting; ++i) {
    answerers.push_back(std::make_unique<Answerer>(service, *queue));
  }
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Answerer*>(tag)->go_on(ok);
}

}  // namespace rivals
