// Law 10, in one process: after fork every public call in the child answers with a defined error
// and never hangs, and the parent does not notice. programs/fork_and_end.cpp has the ends.
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <vector>

#include "coroutine.hpp"
#include "log_support.hpp"
#include "tombolo-test-core/src/handlers.rs.h"
#include "tombolo-test-core/src/spans.rs.h"
#include "tombolo/handler.hpp"

namespace tombolo_test {
namespace {

/// Forks; the child runs `body`, which names what went wrong, and must end within the watchdog.
template <class F>
std::string in_child(F body) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);
    const std::string wrong = body();
    static_cast<void>(!write(ends[1], wrong.data(), wrong.size()));
    std::_Exit(0);
  }
  close(ends[1]);
  std::string wrong;
  char buffer[256];
  for (ssize_t size = 0; (size = read(ends[0], buffer, sizeof buffer)) > 0;) {
    wrong.append(buffer, static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    wrong += "the child ended with status " + std::to_string(status);
  }
  return wrong;
}

/// Collects what was not answered with `forked`.
class Refusals {
 public:
  template <class T>
  void expect(const char* call, const tombolo::Result<T>& result) {
    if (result.has_value() || result.error().kind() != ErrorKind::forked) {
      wrong_ += std::string(call) + "; ";
    }
  }
  [[nodiscard]] std::string wrong() const { return wrong_; }

 private:
  std::string wrong_;
};

using Reply = std::optional<tombolo::Reply<Number>>;

tombolo::Result<tombolo::Handler<Number, Number>> make_handler(const CompletionQueue& queue,
                                                               Reply* kept = nullptr) {
  return tombolo::Handler<Number, Number>::create(
      queue, [kept](Number, tombolo::Reply<Number> reply) { *kept = std::move(reply); });
}

/// What the parent has made before it forks.
struct Made {
  CompletionQueue queue = make_queue();
  tombolo::BlobStore store = tombolo::BlobStore::open("mem:").value();
  tombolo::Stream<Number> stream = tombolo::stream<Number>(count(10));
  Bytes bytes{std::string(1000, 'x')};
  tombolo::CancellationSource source;
  Reply reply;
  std::optional<tombolo::Handler<Number, Number>> handler = make_handler(queue, &reply).value();
  std::optional<tombolo::Operation<Number>> unstarted = operation<Number>(hop(1));
  std::optional<tombolo::Operation<Number>> quick = operation<Number>(ready(1));
  std::optional<tombolo::Running> running =
      operation<Number>(never()).start(queue, [](Answer) { FAIL() << "it ran in the child"; });
};

void expect_operations_refused(Made& made, Refusals& refusals) {
  refusals.expect("wait", operation<Number>(hop(1)).wait());
  refusals.expect("wait for a worker", operation<Number>(hop_on_worker(1)).wait());
  refusals.expect("wait for an early one", std::move(*made.unstarted).wait());
  refusals.expect("future", operation<Number>(hop(1)).future().get());
  refusals.expect("next", made.stream.next().wait());
  std::optional<Answer> awaited;
  [](const CompletionQueue& queue, std::optional<Answer>& answer) -> Task {
    answer = co_await operation<Number>(hop(1)).on(queue);
  }(made.queue, awaited);
  refusals.expect("co_await", awaited.value());
  [](Made& made, std::optional<Answer>& answer) -> Task {
    answer = co_await std::move(*made.quick).on(made.queue);
  }(made, awaited);
  refusals.expect("co_await of an early one", awaited.value());
  // A callback would run in a drain, and there is none in a child.
  operation<Number>(ready(1)).then(made.queue, [](Answer) { std::abort(); });
  const auto running = operation<Number>(hop(1)).start(made.queue, [](Answer) { std::abort(); });
  running.cancel();
}

void expect_the_rest_refused(Made& made, Refusals& refusals) {
  refusals.expect("create", CompletionQueue::create());
  refusals.expect("poll", made.queue.poll());
  refusals.expect("wait_for", made.queue.wait_for(60s));
  refusals.expect("open", tombolo::BlobStore::open("mem:"));
  refusals.expect("get", made.store.get("key").wait());
  refusals.expect("get_into", made.store.get_into("key", std::string(1, 'x')).wait());
  char byte = 0;
  refusals.expect("get_into_wait", made.store.get_into_wait("key", &byte, 1));
  refusals.expect("put", made.store.put("key", made.bytes).wait());
  refusals.expect("head", made.store.head("key").wait());
  refusals.expect("remove", made.store.remove("key").wait());
  refusals.expect("list", made.store.list().next().wait());
  refusals.expect("copy_of", Bytes::copy_of("text"));
  refusals.expect("handler", make_handler(made.queue));
  refusals.expect("ask", operation<Number>(ask(made.handler->raw(), 1, true)).wait());
  refusals.expect("lend", Bytes::lend(std::make_shared<int>(1), "text", 4, made.queue));
}

TEST(Fork, Law10InTheChildEveryCallAnswersWithADefinedError) {
  Made made;
  EXPECT_TRUE(operation<Number>(hop_on_worker(1)).wait().has_value());
  const std::string wrong = in_child([&] {
    Refusals refusals;
    expect_operations_refused(made, refusals);
    expect_the_rest_refused(made, refusals);
    return refusals.wrong();
  });
  EXPECT_EQ(wrong, "");
  made.running.reset();
}

TEST(Fork, Law10InTheChildWhatNeedsNoThreadIsHarmless) {
  Made made;
  auto asked = operation<Number>(ask(made.handler->raw(), 1, true)).future();
  EXPECT_TRUE(drain_until(made.queue, [&] { return made.reply.has_value(); }));
  const std::string wrong = in_child([&] {
    const Bytes copy = made.bytes;
    const Bytes slice = copy.slice(10, 5);
    std::string what = slice.view() == "xxxxx" ? "" : "the bytes are gone; ";
    const tombolo::Error error(ErrorCode::not_found, "still an error");
    what += error.to_string() == "still an error (not_found)" ? "" : "errors are broken; ";
    made.queue.shutdown();
    made.source.cancel();
    static_cast<void>(made.source.token().cancelled());
    static_cast<void>(made.queue.in_flight());
    what += made.reply->is_wanted() || std::move(*made.reply).send(1U) ? "it was answered; " : "";
    made.reply.reset();
    made.handler.reset();
    made.running->cancel();
    made.running.reset();
    made.unstarted.reset();
    const Bytes own(std::string("a buffer that is new"));
    static_cast<void>(made.store.capabilities());
    { const Made other = std::move(made); }
    return what;
  });
  EXPECT_EQ(wrong, "");
  EXPECT_TRUE(std::move(*made.reply).send(2U));
  EXPECT_EQ(asked.get().value(), 2U);
  made.running.reset();
}

TEST(Fork, Law10InTheChildMetricsAreWhatTheParentHad) {
  auto queue = make_queue();
  operation<Number>(ready(1)).then(queue, [](Answer) {});
  const auto before = tombolo::to_prometheus(tombolo::metrics());
  EXPECT_EQ(in_child([&] {
              return tombolo::to_prometheus(tombolo::metrics()) == before ? ""
                                                                          : std::string("other");
            }),
            "");
}

TEST(Fork, Law10InTheChildNothingIsLogged) {
  auto queue = make_queue();
  Records records;
  auto log = sink(queue, into(records));
  emit(slice("before"));
  const std::string wrong = in_child([&] {
    emit_many(1000);
    emit_in_spans(3);
    std::string what = records.empty() ? "" : "it was delivered; ";
    auto another = LogSink::create(queue, [](const LogRecord&) {});
    what += another || another.error().kind() != ErrorKind::forked ? "one was created; " : "";
    log = LogSink();
    return what;
  });
  EXPECT_EQ(wrong, "");
  emit(slice("after"));
  EXPECT_TRUE(drain_until(queue, [&] { return records.size() == 2; }));
}

TEST(Fork, Law10WhileEverybodyLogs) {
  auto queue = make_queue();
  std::atomic<bool> stop = false;
  const auto log = sink(queue, [](const LogRecord&) {});
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        emit_in_spans(3);
      }
    });
  }
  std::string wrong;
  for (int i = 0; i < 50 && wrong.empty(); ++i) {
    wrong = in_child([] {
      emit_in_spans(3);
      return std::string();
    });
    drain(queue);
  }
  stop = true;
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, "");
}

TEST(Fork, Law10TheChildWritesNothingThatTheParentShares) {
  auto queue = make_queue();
  EXPECT_TRUE(operation<Number>(hop_on_worker(1)).wait().has_value());
  EXPECT_EQ(in_child([&] {
              for (int i = 0; i < 10; ++i) {
                operation<Number>(ready(1)).then(queue, [](Answer) {});
                operation<Number>(hop_on_worker(1)).then(queue, [](Answer) {});
              }
              queue.shutdown();
              queue = CompletionQueue();
              return std::string();
            }),
            "");
  eventfd_t value = 0;
  EXPECT_NE(eventfd_read(queue.fd(), &value), 0) << "the child has signalled: " << value;
  operation<Number>(ready(1)).then(queue, [](Answer) {});
  EXPECT_TRUE(drain_all(queue));
}

TEST(Fork, Law10TheParentGoesOn) {
  auto queue = make_queue();
  int ran = 0;
  for (int i = 0; i < 100; ++i) {
    auto op = operation<Number>(i % 2 == 0 ? hop(1) : sleep_ms(1));
    std::move(op).then(queue, [&](Answer answer) { ran += answer.has_value() ? 1 : 0; });
    if (i % 10 == 0) {
      EXPECT_EQ(in_child([] { return std::string(); }), "");
    }
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(ran, 100);
}

TEST(Fork, Law10WhileEverythingIsBusy) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      auto queue = make_queue();
      const tombolo::CancellationSource source;
      while (!stop) {
        operation<Number>(hop(1)).cancel_on(source.token()).then(queue, [](Answer) {});
        operation<Number>(panic_in_poll(true)).then(queue, [](Answer) {});
        static_cast<void>(operation<Number>(never()).timeout(0s).wait());
        const Bytes bytes(std::string(100, 'x'));
        drain(queue);
      }
      EXPECT_TRUE(drain_all(queue));
    });
  }
  auto queue = make_queue();
  std::string wrong;
  for (int i = 0; i < 50 && wrong.empty(); ++i) {
    wrong = in_child([&] {
      Refusals refusals;
      refusals.expect("wait", operation<Number>(hop(1)).wait());
      refusals.expect("future", operation<Number>(hop_on_worker(1)).future().get());
      refusals.expect("create", CompletionQueue::create());
      static_cast<void>(tombolo::metrics());
      queue = CompletionQueue();
      return refusals.wrong();
    });
  }
  stop = true;
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, "");
}

}  // namespace
}  // namespace tombolo_test
