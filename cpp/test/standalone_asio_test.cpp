// Standalone Asio's completion tokens, and its cancellation slots.
#include <asio.hpp>

#include "tombolo/asio.hpp"

#define TOMBOLO_TEST_ASIO ::asio
#include "asio_cases.hpp"

namespace {

TEST(Asio, ACancellationSlotCancels) {
  net::io_context context;
  asio::cancellation_signal signal;
  std::optional<tombolo::ErrorCode> code;
  tombolo::async_wait(context.get_executor(), operation<Number>(test::never()),
                      asio::bind_cancellation_slot(
                          signal.slot(), [&](Answer answer) { code = answer.error().code(); }));
  context.poll();
  signal.emit(asio::cancellation_type::terminal);
  context.run();
  EXPECT_EQ(code, tombolo::ErrorCode::cancelled);
}

}  // namespace
