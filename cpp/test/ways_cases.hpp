// The conformance of ways: a table of cases, each run through every way that the test program has
// registered by `add_ways`. Included once per test program.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "crossing_way.hpp"

namespace tombolo_test {

struct Case {
  const char* name;
  std::function<void(const Way&)> run;
};

/// Whether consuming `ticket` answers with `value`, a hundred times over.
template <class Make>
void answers(const Way& way, Make make, Number value, int times = 100) {
  for (int i = 0; i < times; ++i) {
    const Answer answer = way.consume(operation<Number>(make()));
    ASSERT_TRUE(answer.has_value()) << answer.error().to_string();
    ASSERT_EQ(*answer, value);
  }
}

template <class Make>
void is_a_panic(const Way& way, Make make) {
  const auto error = way.consume(operation<Number>(make())).error();
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_EQ(error.kind(), ErrorKind::panic);
  EXPECT_EQ(error.effect(), Effect::unknown);
  EXPECT_NE(error.message().find("a test panics"), std::string_view::npos) << error.to_string();
}

inline void is_the_whole_error(const Way& way, Ticket ticket, ErrorCode code) {
  const auto error = way.consume(operation<void>(ticket)).error();
  EXPECT_EQ(error.code(), code);
  EXPECT_EQ(error.message(), "as asked");
  EXPECT_EQ(error.service(), "test");
  EXPECT_EQ(error.operation(), "read");
  EXPECT_EQ(error.attempts(), 3U);
  EXPECT_EQ(error.service_status(), 404U);
  EXPECT_EQ(error.request_id(), "r-1");
  EXPECT_EQ(error.causes(), std::vector<std::string>{"the reason"});
}

inline void times_out(const Way& way, Ticket ticket) {
  const auto error = way.consume(operation<Number>(ticket).timeout(20ms)).error();
  EXPECT_EQ(error.code(), ErrorCode::deadline_exceeded);
  EXPECT_NE(error.effect(), Effect::done);
}

inline void is_cancelled(const Way& way, Ticket ticket, std::chrono::milliseconds after) {
  const tombolo::CancellationSource source;
  std::thread canceller([&] {
    std::this_thread::sleep_for(after);
    source.cancel();
  });
  const auto error = way.consume(operation<Number>(ticket).cancel_on(source.token())).error();
  canceller.join();
  EXPECT_EQ(error.code(), ErrorCode::cancelled);
}

inline void streams(const Way& way) {
  const auto numbers = tombolo::stream<Number>(count(3));
  for (Number i = 0; i < 3; ++i) {
    EXPECT_EQ(way.consume(numbers.next()).value(), std::optional<Number>(i));
  }
  EXPECT_EQ(way.consume(numbers.next()).value(), std::nullopt);
  EXPECT_EQ(way.consume(numbers.next()).value(), std::nullopt);
  const auto slow = tombolo::stream<Number>(count_slowly(2, 2));
  EXPECT_EQ(way.consume(slow.next()).value(), std::optional<Number>(0));
  EXPECT_EQ(way.consume(slow.next()).value(), std::optional<Number>(1));
  EXPECT_EQ(way.consume(slow.next()).value(), std::nullopt);
  const auto of_pairs = tombolo::stream<Pair>(pairs(1), take_pair);
  EXPECT_EQ(way.consume(of_pairs.next()).value().value().number, 0U);
  EXPECT_FALSE(way.consume(of_pairs.next()).value().has_value());
}

inline void bytes_cross(const Way& way) {
  std::string text(1 << 20, 'x');
  const void* at = text.data();
  const auto back = way.consume(operation<Bytes>(echo_bytes(Bytes(std::move(text)).release())));
  EXPECT_EQ(static_cast<const void*>(back->data()), at);
  EXPECT_EQ(back->size(), std::size_t{1} << 20);
}

inline void text_crosses(const Way& way) {
  EXPECT_EQ(way.consume(operation<std::string>(echo_text(slice("größe")))).value(), "größe");
  const auto error = way.consume(operation<std::string>(echo_text(slice("a\xff")))).error();
  EXPECT_EQ(error.kind(), ErrorKind::invalid_text);
}

inline void the_wrong_type(const Way& way) {
  EXPECT_EQ(way.consume(operation<Number>(negate(true))).error().code(), ErrorCode::internal);
  EXPECT_EQ(way.consume(operation<std::string>(ready(1))).error().code(), ErrorCode::internal);
}

inline void already_failed(const Way& way) {
  auto op = tombolo::failed<Number>({ErrorCode::not_found, "found out early"});
  EXPECT_EQ(way.consume(std::move(op)).error().message(), "found out early");
}

inline void moved_from(const Way& way) {
  auto op = operation<Number>(ready(1));
  EXPECT_EQ(way.consume(std::move(op)).value(), 2U);
  // NOLINTNEXTLINE(bugprone-use-after-move): the mistake that is answered
  const auto error = way.consume(std::move(op).timeout(1s)).error();
  EXPECT_EQ(error.code(), ErrorCode::failed_precondition);
  EXPECT_NE(error.message().find("create it anew"), std::string_view::npos);
}

inline const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"ready",
       [](auto& w) {
         answers(
             w, [] { return ready(6); }, 7);
       }},
      {"ready_on_worker",
       [](auto& w) {
         answers(
             w, [] { return ready_on_worker(6); }, 7);
       }},
      {"hop",
       [](auto& w) {
         answers(
             w, [] { return hop(6); }, 7);
       }},
      {"hop_on_worker",
       [](auto& w) {
         answers(
             w, [] { return hop_on_worker(6); }, 7);
       }},
      {"big_hop",
       [](auto& w) {
         answers(
             w, [] { return big_hop(6); }, 7);
       }},
      {"sleep",
       [](auto& w) {
         answers(
             w, [] { return sleep_ms(5); }, 5, 2);
       }},
      {"stuck",
       [](auto& w) {
         answers(
             w, [] { return stuck_ms(5); }, 5, 2);
       }},
      {"nothing", [](auto& w) { EXPECT_TRUE(w.consume(operation<void>(nothing())).has_value()); }},
      {"bool", [](auto& w) { EXPECT_FALSE(*w.consume(operation<bool>(negate(true)))); }},
      {"int64", [](auto& w) { EXPECT_EQ(*w.consume(operation<std::int64_t>(half(-8))), -4); }},
      {"double", [](auto& w) { EXPECT_EQ(*w.consume(operation<double>(sqrt(2.25))), 1.5); }},
      {"pair",
       [](auto& w) {
         const auto value = w.consume(operation<Pair>(pair(7), take_pair));
         EXPECT_EQ(std::string(value->text), "number 7");
       }},
      {"text_law_12", text_crosses},
      {"bytes_law_6", bytes_cross},
      {"stream_items", streams},
      {"fail", [](auto& w) { is_the_whole_error(w, fail(5), ErrorCode::not_found); }},
      {"fail_on_worker",
       [](auto& w) { is_the_whole_error(w, fail_on_worker(), ErrorCode::unavailable); }},
      {"fail_at_once",
       [](auto& w) {
         const auto error = w.consume(operation<std::int64_t>(half(1))).error();
         EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
         EXPECT_EQ(error.operation(), "read");
       }},
      {"failed_in_cpp", already_failed},
      {"moved_from", moved_from},
      {"wrong_type", the_wrong_type},
      {"panic_in_build_law_1", [](auto& w) { is_a_panic(w, [] { return panic_in_build(); }); }},
      {"panic_in_poll_law_1", [](auto& w) { is_a_panic(w, [] { return panic_in_poll(false); }); }},
      {"panic_on_worker_law_1", [](auto& w) { is_a_panic(w, [] { return panic_in_poll(true); }); }},
      {"panic_in_drop_law_1", [](auto& w) { is_a_panic(w, [] { return panic_in_drop(false); }); }},
      {"panic_in_drop_on_worker_law_1",
       [](auto& w) { is_a_panic(w, [] { return panic_in_drop(true); }); }},
      {"deadline_law_8", [](auto& w) { times_out(w, never()); }},
      {"deadline_on_worker_law_8", [](auto& w) { times_out(w, never_on_worker()); }},
      {"cancelled_law_9", [](auto& w) { is_cancelled(w, never(), 5ms); }},
      {"cancelled_on_worker_law_9", [](auto& w) { is_cancelled(w, never_on_worker(), 5ms); }},
      {"cancelled_in_first_poll_law_9",
       [](auto& w) { is_cancelled(w, slow_first_poll(40), 10ms); }},
  };
  return all;
}

struct EveryWay : testing::TestWithParam<std::tuple<std::shared_ptr<const Way>, Case>> {};

TEST_P(EveryWay, AnswersAlike) {
  const auto& [way, one] = GetParam();
  one.run(*way);
  EXPECT_TRUE(nothing_stays_alive());
  EXPECT_TRUE(nothing_stays_in_flight());
  // And the service lives on.
  EXPECT_EQ(way->consume(operation<Number>(hop_on_worker(1))).value(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, EveryWay, testing::Combine(testing::ValuesIn(ways<Way>()), testing::ValuesIn(cases())),
    [](const auto& info) {
      return std::get<0>(info.param)->name() + "_" + std::get<1>(info.param).name;
    });

}  // namespace tombolo_test
