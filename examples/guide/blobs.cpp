// Of the guide: conditions, objects in pieces, listings, reads into memory of the caller.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "tombolo/tombolo.hpp"

namespace {

/// Adds one to the number in `key`, whoever else does so at the same time.
tombolo::Result<void> add_one(const tombolo::BlobStore& store, const std::string& key) {
  for (;;) {
    auto old = store.get_object(key).wait();
    if (!old) return tombolo::unexpected(old.error());
    tombolo::PutOptions options;
    options.if_match = old->meta.etag;
    auto next = std::to_string(std::stoi(old->bytes.to_string()) + 1);
    auto put = store.put(key, std::move(next), options).wait();
    if (put) return {};
    if (put.error().kind() != tombolo::ErrorKind::condition_not_met) {
      return tombolo::unexpected(put.error());
    }
  }
}

tombolo::Result<std::string> write_in_pieces(const tombolo::BlobStore& store) {
  auto writer = store.open_writer("logs/today").wait();
  if (!writer) return tombolo::unexpected(writer.error());
  for (const char* line : {"one\n", "two\n"}) {
    auto written = writer->write(std::string(line)).wait();
    if (!written) return tombolo::unexpected(written.error());
  }
  auto put = writer->finish().wait();  // before this, nobody sees any of it
  if (!put) return tombolo::unexpected(put.error());
  return put->etag;
}

tombolo::Result<std::size_t> read_in_pieces(const tombolo::BlobStore& store) {
  auto reader = store.open_reader("logs/today").wait();
  if (!reader) return tombolo::unexpected(reader.error());
  std::size_t size = 0;
  for (;;) {
    auto piece = reader->next().wait();
    if (!piece) return tombolo::unexpected(piece.error());
    if (!*piece) return size;  // the end
    size += (*piece)->size();
  }
}

tombolo::Result<std::size_t> count(const tombolo::BlobStore& store) {
  tombolo::ListOptions options;
  options.prefix = "logs/";
  const auto pages = store.list(options);
  std::size_t objects = 0;
  for (;;) {
    auto page = pages.next().wait();
    if (!page) return tombolo::unexpected(page.error());
    if (!*page) return objects;
    objects += (*page)->objects.size();
  }
}

bool read_into_a_buffer(const tombolo::BlobStore& store) {
  auto filled = store.get_into("logs/today", std::string(4096, '\0')).wait();
  if (!filled) return false;  // and the string is gone
  return filled->buffer.substr(0, filled->size) == "one\ntwo\n";
}

/// Called with what the store would otherwise choose; one in memory has nothing to try again.
bool read_for_a_call(const tombolo::BlobStore& store, std::string_view trace_parent) {
  using namespace std::chrono_literals;
  auto read = store.get("count").timeout(2s).max_attempts(2).hedge_after(20ms);
  auto bytes = std::move(read).trace_parent(trace_parent).wait();
  return bytes && bytes->view() == "42";
}

}  // namespace

int main() {
  auto store = tombolo::BlobStore::open("mem:").value();
  if (!store.put("count", std::string("41")).wait() || !add_one(store, "count")) return 1;
  if (store.get("count").wait().value().view() != "42") return 2;
  if (!write_in_pieces(store) || read_in_pieces(store).value() != 8) return 3;
  if (count(store).value() != 1) return 4;
  if (!read_into_a_buffer(store)) return 5;
  const char* trace_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return read_for_a_call(store, trace_parent) ? EXIT_SUCCESS : 6;
}
