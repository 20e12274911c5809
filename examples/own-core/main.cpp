// A C++ program that uses a Rust core of its own, and Tombolo's blobs beside it.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <string_view>

#include "rates/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;

// The C++ face of the core: its operation and its stream, with their types.
rust::Slice<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

tombolo::Operation<double> convert(double euros, std::string_view currency) {
  return tombolo::operation<double>(rates::convert(euros, bytes(currency)));
}

tombolo::Stream<rates::Quote> quotes(std::string_view currency, std::uint32_t times) {
  return tombolo::stream<rates::Quote>(rates::quotes(bytes(currency), times), rates::take_quote);
}

// The core asks the service back: the function runs in a drain of `queue`.
tombolo::Result<double> buy(double euros, std::string_view currency,
                            tombolo::CompletionQueue& queue) {
  auto limit = tombolo::Handler<std::string, double>::create(
      queue, [](const std::string& asked) { return asked == "USD" ? 4.0 : 0.0; });
  if (!limit) return tombolo::unexpected(limit.error());
  auto bought =
      tombolo::operation<double>(rates::buy(euros, bytes(currency), limit->raw())).future();
  while (bought.wait_for(0s) != std::future_status::ready) {
    if (auto woken = queue.wait_for(100ms); !woken) return tombolo::unexpected(woken.error());
  }
  return bought.get();
}

constexpr std::string_view kQuotes = "CHF 0.950000\nCHF 0.960000\nCHF 0.970000\n";

int fail(const tombolo::Error& error) {
  std::fprintf(stderr, "%s\n", error.to_string().c_str());
  return EXIT_FAILURE;
}

}  // namespace

int main() {
  auto dollars = convert(8, "USD").wait();
  if (!dollars) return fail(dollars.error());
  std::printf("8 euros are %.2f dollars\n", *dollars);
  if (*dollars != 10) return EXIT_FAILURE;

  auto unknown = convert(8, "???").wait();
  if (unknown || unknown.error().code() != tombolo::ErrorCode::not_found) return EXIT_FAILURE;
  std::printf("refused: %s\n", unknown.error().to_string().c_str());

  auto queue = tombolo::CompletionQueue::create();
  if (!queue) return fail(queue.error());
  auto bought = buy(8, "USD", *queue);
  if (!bought) return fail(bought.error());
  std::printf("bought %.2f dollars, as many as the service allows\n", *bought);
  if (*bought != 5) return EXIT_FAILURE;

  std::string log;
  const auto prices = quotes("CHF", 3);
  for (;;) {
    auto next = prices.next().wait();
    if (!next) return fail(next.error());
    if (!next->has_value()) break;
    const rates::Quote& quote = **next;
    log += std::string(quote.currency) + " " + std::to_string(quote.per_euro) + "\n";
  }

  auto store = tombolo::BlobStore::open("mem:");
  if (!store) return fail(store.error());
  auto put = store->put("quotes.txt", std::move(log)).wait();
  if (!put) return fail(put.error());
  auto back = store->get("quotes.txt").wait();
  if (!back) return fail(back.error());
  std::printf("kept in a blob:\n%s", back->to_string().c_str());
  return back->to_string() == kQuotes ? EXIT_SUCCESS : EXIT_FAILURE;
}
