// Memory lent to a core of one's own, to be written into: where it is, and how it comes back.
#include "tombolo/lent_buffer.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support.hpp"

namespace tombolo_test {
namespace {

using tombolo::LentBuffer;
using tombolo::Operation;

template <class Owner>
bool take(const Ticket& op, LentBuffer<Owner>& out) noexcept {
  tombolo::RawBuffer raw;
  const bool taken = take_buffer(op, raw);
  out = LentBuffer<Owner>(raw);
  return taken;
}

/// An operation of a core of one's own: fills the memory with `with` and gives it back.
template <class Owner>
Operation<LentBuffer<Owner>> filled(LentBuffer<Owner> memory, char with) {
  return operation<LentBuffer<Owner>>(
      fill_buffer(std::move(memory).release(), static_cast<std::uint8_t>(with)), take<Owner>);
}

/// Memory that says when, and on which thread, it is released.
struct Watched {
  std::string memory = std::string(8, '.');
  std::thread::id released_on;
  int releases = 0;

  std::shared_ptr<void> owner() {
    return {&memory, [this](void*) {
              released_on = std::this_thread::get_id();
              ++releases;
            }};
  }
  LentBuffer<std::shared_ptr<void>> lend(const CompletionQueue& queue) {
    return LentBuffer<std::shared_ptr<void>>::lend(owner(), memory.data(), memory.size(), queue)
        .value();
  }
};

TEST(LentBuffer, Law6AContainerIsFilledWhereItIs) {
  std::vector<char> vector(100, '.');
  const char* where = vector.data();
  auto lent = LentBuffer<std::vector<char>>::lend(std::move(vector)).value();
  auto back = filled(std::move(lent), 'x').wait().value();
  const auto memory = std::move(back).take_back();
  EXPECT_EQ(memory.data(), where);
  EXPECT_EQ(memory, std::vector<char>(100, 'x'));
  EXPECT_TRUE(std::move(back).take_back().empty());  // NOLINT(bugprone-use-after-move): it is none
}

TEST(LentBuffer, AShortStringThatLivesInItself) {
  auto lent = LentBuffer<std::string>::lend(std::string(5, '.')).value();
  EXPECT_EQ(filled(std::move(lent), 'y').wait().value().take_back(), "yyyyy");
}

TEST(LentBuffer, NothingOfSizeZero) {
  auto lent = LentBuffer<std::vector<char>>::lend({}).value();
  EXPECT_TRUE(filled(std::move(lent), 'y').wait().value().take_back().empty());
}

TEST(LentBuffer, WhatIsNotGivenUpIsReleasedAtOnce) {
  auto queue = make_queue();
  Watched watched;
  { const auto lent = watched.lend(queue); }
  EXPECT_EQ(watched.releases, 1);
  EXPECT_EQ(watched.memory, "........");
}

TEST(LentBuffer, WhatComesBackIsReleasedByWhoHasIt) {
  auto queue = make_queue();
  Watched watched;
  {
    const auto back = filled(watched.lend(queue), 'z').wait().value();
    EXPECT_EQ(watched.releases, 0);
    EXPECT_EQ(watched.memory, "zzzzzzzz");
  }
  EXPECT_EQ(watched.releases, 1);
  EXPECT_EQ(drain(queue), 0U);
}

TEST(LentBuffer, Law3AfterAnErrorItIsReleasedInADrain) {
  auto queue = make_queue();
  Watched watched;
  const auto spoiled = operation<void>(spoil_buffer(watched.lend(queue).release())).wait();
  EXPECT_FALSE(spoiled);
  EXPECT_EQ(watched.releases, 0);
  EXPECT_TRUE(drain_until(queue, [&] { return watched.releases > 0; }));
  EXPECT_EQ(watched.released_on, std::this_thread::get_id());
  EXPECT_EQ(watched.memory, "!!!!!!!!");
}

TEST(LentBuffer, Law3NeverStartedItIsReleasedInADrain) {
  auto queue = make_queue();
  Watched watched;
  { const auto never = filled(watched.lend(queue), 'x'); }
  EXPECT_EQ(watched.releases, 0);
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(watched.releases, 1);
  EXPECT_EQ(watched.memory, "........");
}

TEST(LentBuffer, TakenBackAsAnothersItIsReleased) {
  auto queue = make_queue();
  Watched watched;
  auto wrong = LentBuffer<std::string>(watched.lend(queue).release());
  EXPECT_EQ(std::move(wrong).take_back(), "");
  EXPECT_EQ(watched.releases, 1);
}

TEST(LentBuffer, ToAnyThreadItNeedsNoDrain) {
  Watched watched;
  auto lent = LentBuffer<std::shared_ptr<void>>::lend_to_any_thread(
                  watched.owner(), watched.memory.data(), watched.memory.size())
                  .value();
  EXPECT_FALSE(operation<void>(spoil_buffer(std::move(lent).release())).wait());
  EXPECT_TRUE(nothing_stays_in_flight());
  EXPECT_EQ(watched.releases, 1);
}

TEST(LentBuffer, WhatCannotBeLentIsAnErrorAndReleasedAtOnce) {
  using Lent = LentBuffer<std::shared_ptr<void>>;
  auto queue = make_queue();
  const CompletionQueue none;
  Watched watched;
  const auto no_memory = Lent::lend(watched.owner(), nullptr, 8, queue);
  EXPECT_EQ(no_memory.error().message(), "buffer: it is null");
  EXPECT_EQ(watched.releases, 1);
  const auto no_queue = Lent::lend(watched.owner(), watched.memory.data(), 8, none);
  EXPECT_EQ(no_queue.error().message(), "queue: it was not created");
  EXPECT_EQ(watched.releases, 2);
  const auto too_large = Lent::lend(watched.owner(), watched.memory.data(), SIZE_MAX, queue);
  EXPECT_EQ(too_large.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(watched.releases, 3);
}

}  // namespace
}  // namespace tombolo_test
