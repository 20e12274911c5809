// Handlers: C++ that Rust calls, where it runs and how it answers.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "handler_support.hpp"

namespace tombolo_test {
namespace {

TEST(Handler, Law3RunsInADrainOnTheThreadThatDrains) {
  for (const bool on_worker : {true, false}) {
    auto queue = make_queue();
    std::thread::id ran_on;
    const auto handler = numbers(queue, [&](Number n) {
      ran_on = std::this_thread::get_id();
      return n + 1;
    });
    EXPECT_EQ(asked<Number>(queue, ask(handler.raw(), 41, on_worker)).value(), 42U);
    EXPECT_EQ(ran_on, std::this_thread::get_id());
  }
}

TEST(Handler, TakesAndAnswersAllThatTomboloKnows) {
  auto queue = make_queue();
  const auto text = Handler<std::string, std::string>::create(queue, [](const std::string& s) {
                      return s + "!";
                    }).value();
  EXPECT_EQ(asked<std::string>(queue, ask_text(text.raw(), slice("größe"))).value(), "größe!");
  const auto yes = Handler<bool, bool>::create(queue, [](bool b) { return !b; }).value();
  EXPECT_EQ(asked<bool>(queue, ask_yes(yes.raw(), true)).value(), false);
  const auto whole =
      Handler<std::int64_t, std::int64_t>::create(queue, [](std::int64_t n) { return -n; }).value();
  EXPECT_EQ(asked<std::int64_t>(queue, ask_signed(whole.raw(), 7)).value(), -7);
  const auto real = Handler<double, double>::create(queue, [](double x) { return x / 2; }).value();
  EXPECT_EQ(asked<double>(queue, ask_real(real.raw(), 5)).value(), 2.5);
  int told = 0;
  const auto unit = Handler<void, void>::create(queue, [&] { ++told; }).value();
  EXPECT_TRUE(asked<void>(queue, tell(unit.raw())));
  EXPECT_EQ(told, 1);
}

TEST(Handler, Law6BytesCrossBothWaysWithoutACopy) {
  auto queue = make_queue();
  const void* there = nullptr;
  const auto handler = Handler<Bytes, Bytes>::create(queue, [&](Bytes bytes) {
                         there = bytes.data();
                         return bytes;
                       }).value();
  Bytes bytes(std::string(1000, 'x'));
  const void* here = bytes.data();
  const auto back = asked<Bytes>(queue, ask_bytes(handler.raw(), std::move(bytes).release()));
  EXPECT_EQ(there, here);
  EXPECT_EQ(back.value().data(), here);
}

bool take(const tombolo::RawCall& call, Question& out) noexcept { return take_question(call, out); }
bool put(const tombolo::RawCall& call, Verdict verdict) noexcept {
  return answer_verdict(call, std::move(verdict));
}

TEST(Handler, TypesOfACoresOwn) {
  auto queue = make_queue();
  std::string heard;
  const auto handler = Handler<Question, Verdict>::create(
                           queue,
                           [&](const Question& question) {
                             heard = std::string(question.text);
                             return Verdict{"it is odd", question.number % 2 == 0};
                           },
                           &take, &put)
                           .value();
  EXPECT_EQ(asked<Number>(queue, ask_verdict(handler.raw(), 4)).value(), 1U);
  EXPECT_EQ(asked<Number>(queue, ask_verdict(handler.raw(), 5)).value(), 9U);
  EXPECT_EQ(heard, "is 5 even?");
}

TEST(Handler, AnswersLaterAndOnAnyThread) {
  auto queue = make_queue();
  std::vector<std::thread> threads;
  const auto handler = numbers(queue, [&](Number n, Reply<Number> reply) {
    threads.emplace_back([n, reply = std::move(reply)]() mutable {
      std::this_thread::sleep_for(1ms);
      EXPECT_TRUE(std::move(reply).send(n * 2));
    });
  });
  for (Number n = 0; n < 20; ++n) {
    EXPECT_EQ(asked<Number>(queue, ask(handler.raw(), n, n % 2 == 0)).value(), n * 2);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(Handler, AnswersWithErrors) {
  auto queue = make_queue();
  const auto handler = numbers(queue, [](Number n, Reply<Number> reply) {
    const tombolo::Error none(ErrorCode::not_found, "there is no such number");
    if (n == 0) {
      std::move(reply).fail(none);
    } else {
      std::move(reply).send(Result<Number>(tombolo::unexpected(none)));
    }
  });
  for (const Number n : {0U, 1U}) {
    const auto error = asked<Number>(queue, ask(handler.raw(), n, true)).error();
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_EQ(error.message(), "there is no such number");
    EXPECT_EQ(error.operation(), "ask");
  }
}

TEST(Handler, Law1WhatItThrowsIsAnErrorOfWhateverType) {
  auto queue = make_queue();
  std::optional<Reply<Number>> kept;
  const auto handler = numbers(queue, [&](Number n, Reply<Number> reply) {
    switch (n) {
      case 0:
        throw std::runtime_error("a tantrum");
      case 1:
        throw 5;
      default:
        kept = std::move(reply);
        throw std::string("after the reply was kept");
    }
  });
  const char* what[] = {"a tantrum", "something that is no std::exception",
                        "something that is no std::exception"};
  for (Number n = 0; n < 3; ++n) {
    const auto error = asked<Number>(queue, ask(handler.raw(), n, true)).error();
    EXPECT_EQ(error.kind(), ErrorKind::exception);
    EXPECT_EQ(error.message(), std::string("the handler threw ") + what[n]);
  }
  EXPECT_FALSE(kept->is_wanted());
  EXPECT_FALSE(std::move(*kept).send(1U));
}

TEST(Handler, Law2ADroppedReplyIsAnError) {
  auto queue = make_queue();
  const auto handler = numbers(queue, [](Number, const Reply<Number>& /*dropped*/) {});
  const auto error = asked<Number>(queue, ask(handler.raw(), 1, true)).error();
  EXPECT_EQ(error.code(), ErrorCode::unknown);
  EXPECT_EQ(error.effect(), Effect::unknown);
  EXPECT_NE(error.message().find("dropped"), std::string::npos) << error.message();
}

TEST(Handler, TypesThatDisagreeAreErrors) {
  auto queue = make_queue();
  const auto handler = numbers(queue, [](Number n) { return n; });
  const auto request = asked<std::string>(queue, ask_text(handler.raw(), slice("1"))).error();
  EXPECT_EQ(request.code(), ErrorCode::internal);
  EXPECT_NE(request.message().find("request"), std::string::npos) << request.message();
  const auto text =
      Handler<Number, std::string>::create(queue, [](Number) { return std::string("1"); }).value();
  const auto answer = asked<Number>(queue, ask(text.raw(), 1, true)).error();
  EXPECT_EQ(answer.code(), ErrorCode::internal);
  EXPECT_NE(answer.message().find("answer"), std::string::npos) << answer.message();
}

TEST(Handler, Law12AnAnswerThatIsNotUtf8IsAnError) {
  auto queue = make_queue();
  const auto handler = Handler<std::string, std::string>::create(queue, [](const std::string&) {
                         return std::string("a\xff");
                       }).value();
  const auto error = asked<std::string>(queue, ask_text(handler.raw(), slice("x"))).error();
  EXPECT_EQ(error.kind(), ErrorKind::invalid_text);
  EXPECT_EQ(error.message(), "answer: it is not UTF-8 at byte 1");
}

TEST(Handler, HasAsManyCallsAtATimeAsItWants) {
  for (const std::size_t concurrency : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
    auto queue = make_queue();
    std::vector<std::pair<Number, Reply<Number>>> kept;
    std::size_t most = 0;
    const auto handler = numbers(
        queue,
        [&](Number n, Reply<Number> reply) {
          kept.emplace_back(n, std::move(reply));
          most = std::max(most, kept.size());
        },
        concurrency);
    std::optional<Result<Number>> sum;
    operation<Number>(ask_many(handler.raw(), 100, true)).then(queue, [&](Result<Number> all) {
      sum = std::move(all);
    });
    while (!sum) {
      const auto size = kept.size();
      ASSERT_TRUE(queue.wait_for(2ms));
      if (!kept.empty() && kept.size() == size) {  // no further one comes before an answer
        auto [n, reply] = std::move(kept.back());
        kept.pop_back();
        EXPECT_TRUE(std::move(reply).send(n));
      }
    }
    EXPECT_EQ(sum->value(), 4950U);
    EXPECT_EQ(most, std::min(concurrency, std::size_t{100}));
  }
}

TEST(Handler, CallsComeInTheirOrder) {
  auto queue = make_queue();
  std::vector<Number> heard;
  const auto handler = numbers(queue, [&](Number n) {
    heard.push_back(n);
    return n;
  });
  EXPECT_EQ(asked<Number>(queue, ask_many(handler.raw(), 1000, true)).value(), 499500U);
  ASSERT_EQ(heard.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
}

TEST(Handler, WhatCannotBeCreatedIsAnError) {
  const CompletionQueue none;
  const auto alive = std::make_shared<int>();
  const auto function = [alive](Number n) { return n; };
  EXPECT_EQ(Numbers::create(none, function).error().message(), "queue: it was not created");
  HandlerOptions options;
  options.concurrency = 0;
  const auto queue = make_queue();
  EXPECT_EQ(Numbers::create(queue, function, options).error().message(),
            "concurrency: it must be at least 1");
  EXPECT_EQ(alive.use_count(), 2);
  const auto moved_from = operation<Number>(ask(Numbers().raw(), 1, true)).wait().error();
  EXPECT_EQ(moved_from.code(), ErrorCode::invalid_argument);
  EXPECT_EQ(moved_from.message(), "handler: it was not created, or moved from before");
}

TEST(Handler, ManyThreadsAndHandlersAtOnce) {
  auto queue = make_queue();
  std::vector<Numbers> handlers;
  for (Number step = 0; step < 8; ++step) {
    handlers.push_back(numbers(
        queue, [step](Number n) { return n + step; }, step + 1));
  }
  std::vector<std::future<Result<Number>>> sums;
  for (const Numbers& handler : handlers) {
    sums.push_back(operation<Number>(ask_many(handler.raw(), 2000, true)).future());
  }
  for (Number step = 0; step < 8; ++step) {
    while (sums[step].wait_for(0s) != std::future_status::ready) {
      ASSERT_TRUE(queue.wait_for(10ms));
    }
    EXPECT_EQ(sums[step].get().value(), 1999000U + 2000 * step);
  }
}

}  // namespace
}  // namespace tombolo_test
