// The steps of a blob case that read.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "blob_runner.hpp"

// Whoever adds a way to read to the table is told here what is missing.
#pragma GCC diagnostic error "-Wswitch"

namespace tombolo_test {

void Runner::read(const Step& step) {
  std::optional<std::string> etag;
  switch (step.read.how) {
    case ReadHow::get:
      etag = get(step);
      break;
    case ReadHow::into:
      etag = get_into(step);
      break;
    case ReadHow::reader:
      etag = read_whole(step);
      break;
    case ReadHow::head:
      etag = head(step);
      break;
  }
  if (etag) save(step.save, *etag);
}

std::optional<std::string> Runner::get(const Step& step) {
  const std::string key = step.key.str();
  const auto options = get_options(step.read);
  const auto bytes = expected(result_of(store_.get(key, options)), step.expect, "get");
  const auto object = expected(result_of(store_.get_object(key, options)), step.expect, "get");
  if (!bytes || !object) return std::nullopt;
  const Want& want = step.read.want;
  matches(object->meta, step);
  same_bytes(bytes->view(), want.body);
  same_bytes(object->bytes.view(), want.body);
  check(object->start == want.offset && object->end == want.offset + object->bytes.size(),
        "another range");
  return object->meta.etag;
}

// What a buffer is full of before it is read into.
constexpr char untouched = '\xA5';

template <class Buffer>
bool Runner::holds(const std::optional<tombolo::Filled<Buffer>>& filled, std::string_view memory,
                   const Step& step) const {
  if (!filled) return false;
  const Want& want = step.read.want;
  matches(filled->meta, step);
  check(memory.size() == step.read.room, "another buffer");
  check(filled->size <= memory.size(), "more than the buffer holds");
  same_bytes(memory.substr(0, filled->size), want.body);
  check(memory.find_first_not_of(untouched, filled->size) == std::string_view::npos,
        "the rest of the buffer was touched");
  check(filled->start == want.offset && filled->end == want.offset + filled->size, "another range");
  return true;
}

// Into each kind of buffer, and blocking.
std::optional<std::string> Runner::get_into(const Step& step) {
  const std::string key = step.key.str();
  const auto options = get_options(step.read);
  const std::string before(static_cast<std::size_t>(step.read.room), untouched);
  const auto done = [&](auto result) {
    return expected(std::move(result), step.expect, "get_into");
  };
  const auto into = [&](auto buffer) {
    const auto filled = done(result_of(store_.get_into(key, std::move(buffer), options)));
    if (!filled) return false;
    const auto* data = reinterpret_cast<const char*>(filled->buffer.data());
    return holds(filled, {data, filled->buffer.size()}, step);
  };
  into(std::vector<std::byte>(before.size(), std::byte(untouched)));
  into(std::vector<std::uint8_t>(before.begin(), before.end()));
  into(std::vector<char>(before.begin(), before.end()));
  into(before);

  auto queue = make_queue();
  const auto lent = std::make_shared<std::string>(before);
  const auto by_owner =
      done(result_of(store_.get_into(key, lent, lent->data(), lent->size(), queue, options)));
  check(queue.poll().value() == (by_owner ? 0 : 1), "the owner is released in a drain or moved");
  check(lent.use_count() == (by_owner ? 2 : 1), "the owner is not given back");
  holds(by_owner, *lent, step);

  std::string span = before;
  const auto blocking = done(store_.get_into_wait(key, span.data(), span.size(), options));
  if (!holds(blocking, span, step)) return std::nullopt;
  check(blocking->buffer == span.data(), "another buffer");
  return blocking->meta.etag;
}

std::optional<std::string> Runner::read_whole(const Step& step) {
  auto operation = store_.open_reader(step.key.str(), get_options(step.read));
  auto reader = expected(result_of(std::move(operation)), step.expect, "reader");
  if (!reader) return std::nullopt;
  matches(reader->meta(), step);
  OpenReader open{std::move(*reader), {}};
  while (next_chunk(open)) {
  }
  const Want& want = step.read.want;
  same_bytes(open.bytes, want.body);
  check(open.reader.start() == want.offset && open.reader.end() == want.offset + open.bytes.size(),
        "another range");
  return open.reader.meta().etag;
}

std::optional<std::string> Runner::head(const Step& step) {
  tombolo::HeadOptions options;
  options.if_match = tag(step.read.if_match);
  options.if_none_match = tag(step.read.if_none_match);
  const auto meta = expected(result_of(store_.head(step.key.str(), options)), step.expect, "head");
  if (!meta) return std::nullopt;
  matches(*meta, step);
  return meta->etag;
}

void Runner::matches(const tombolo::ObjectMeta& meta, const Step& step) const {
  const Want& want = step.read.want;
  check(meta.key == step.key.str(), "the key is " + meta.key);
  check(meta.size == want.size, "the size is " + std::to_string(meta.size));
  check(meta.content_type == want.content_type.str(), "the type is " + meta.content_type);
  check(meta.metadata == entries(want.metadata), "other metadata");
  const auto etag = tag(want.etag);
  check(!etag || meta.etag == *etag, "another etag");
}

bool Runner::next_chunk(OpenReader& open) {
  auto chunk = result_of(open.reader.next());
  check(chunk.has_value(), "reading on failed");
  if (!chunk->has_value()) return false;
  check(!(*chunk)->empty(), "an empty piece");
  open.bytes += (*chunk)->view();
  return true;
}

void Runner::open_reader(const Step& step) {
  auto operation = store_.open_reader(step.key.str(), get_options(step.read));
  auto reader = expected(result_of(std::move(operation)), step.expect, "reader");
  if (!reader) return;
  matches(reader->meta(), step);
  readers_.insert_or_assign(step.slot, OpenReader{std::move(*reader), {}});
}

void Runner::read_chunk(const Step& step) {
  check(next_chunk(at(readers_, step.slot)), "the reader has no more pieces");
}

void Runner::read_rest(const Step& step) {
  OpenReader& open = at(readers_, step.slot);
  while (next_chunk(open)) {
  }
  check(!next_chunk(open), "a piece after the last");
  same_bytes(open.bytes, step.body);
  readers_.erase(step.slot);
}

}  // namespace tombolo_test
