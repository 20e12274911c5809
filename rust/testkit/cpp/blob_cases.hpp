// The shapes of the table of blob cases, which `blob-cases` (rust/testkit) prints as
// `blob_cases.inc`. The meaning of every part is documented in rust/testkit/src/blob/case.rs;
// change the two together with rust/testkit/src/blob/export/.
//
// How to run a case: open an empty store; for each step switch over `kind` (without a default,
// under -Werror=switch) and use only the fields that its comment names. Every expected error must
// also name the store's service and the operation, and have the effect `none`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "literals.hpp"

namespace tombolo_test {

enum class BodyKind : std::uint8_t { text, pattern };

struct Body {
  BodyKind kind;
  Text text;           // text
  std::uint64_t seed;  // pattern: `size` bytes from byte `skip` on of the stream of `seed`
  std::uint64_t skip;
  std::uint64_t size;
};

// The bytes of a body. The stream is xorshift64*, see rust/testkit/src/blob/body.rs.
inline std::string bytes_of(const Body& body) {
  switch (body.kind) {
    case BodyKind::text:
      return body.text.str();
    case BodyKind::pattern:
      break;
  }
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(body.skip + body.size) + 8);
  std::uint64_t x = body.seed;
  while (bytes.size() < body.skip + body.size) {
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    std::uint64_t block = x * UINT64_C(0x2545F4914F6CDD1D);
    for (int i = 0; i < 8; ++i, block >>= 8) {
      bytes.push_back(static_cast<char>(static_cast<unsigned char>(block & 0xFF)));
    }
  }
  return bytes.substr(static_cast<std::size_t>(body.skip), static_cast<std::size_t>(body.size));
}

// An etag; `saved` means the register.
enum class TagKind : std::uint8_t { none, literal, saved };

struct Tag {
  TagKind kind;
  Text text;
  std::uint32_t saved;
};

// Where an etag goes; no register if `saves` is false.
struct Save {
  bool saves;
  std::uint32_t to;
};

struct Entry {
  Text name;
  Text value;
};

// The outcome: success if `code` is 0, else the number of tombolo::ErrorCode, the number of
// tombolo::ErrorKind, and a text that the message contains.
struct Expect {
  std::uint32_t code;
  std::uint32_t kind;
  Text naming;
};

enum class ConditionKind : std::uint8_t { always, if_absent, if_match };

struct WriteOptions {
  ConditionKind condition;
  Tag if_match;
  Text content_type;
  Span<Entry> metadata;
};

enum class RangeKind : std::uint8_t { full, from, part, suffix };

struct Range {
  RangeKind kind;
  std::uint64_t offset;  // from, part
  std::uint64_t length;  // part, suffix
};

enum class ReadHow : std::uint8_t { get, into, reader, head };

// `body` is the bytes of the range and begins at `offset` of an object of `size` bytes; `head` has
// neither bytes nor offset. The etag is compared unless its kind is `none`.
struct Want {
  Body body;
  std::uint64_t offset;
  std::uint64_t size;
  Text content_type;
  Span<Entry> metadata;
  Tag etag;
};

struct Read {
  ReadHow how;
  Range range;
  Tag if_match;
  Tag if_none_match;
  Want want;
  std::uint64_t room;  // into: the size of the buffer, which stays as it is beyond the bytes found
};

struct Outcome {
  Text key;
  Expect expect;
};

// Unless there are more than 20 objects, each must agree with what a `head` of it says. Pages are
// in order, none is empty and none is larger than `page_size`.
struct Listing {
  Text prefix;
  char delimiter;  // NUL: none
  Text start_after;
  std::uint64_t page_size;
  Span<Text> objects;
  Span<Text> prefixes;
};

// Each with the fields it uses; those of every step that can fail include `expect`.
enum class StepKind : std::uint8_t {
  put,          // key, body, write, expect, save
  put_many,     // keys, body
  read,         // key, read, expect, save
  open_reader,  // slot, key, read (how: reader; want.body is not looked at), expect
  read_chunk,   // slot; one piece, not empty, is kept
  read_rest,    // slot, body; all pieces since the opening, then the slot is empty
  drop_reader,  // slot
  open_writer,  // slot, key, write, expect
  write,        // slot, body, expect
  finish,       // slot, expect, save; the writer stays in its slot
  drop_writer,  // slot
  remove,       // key, if_match, expect
  remove_many,  // outcomes, expect
  copy,         // key, to, if_absent, expect, save
  rename,       // key, to, if_absent, expect, save
  list,         // listing, expect
  presign,      // key, seconds, expect; the same for every method
  reopen,       // drop readers, writers and the store, then open it again
  tags_differ,  // the registers save.to and slot
};

struct Step {
  StepKind kind;
  std::uint32_t slot;
  Text key;
  Text to;
  bool if_absent;
  Tag if_match;
  Body body;
  WriteOptions write;
  Read read;
  Span<Text> keys;
  Span<Outcome> outcomes;
  Listing listing;
  std::uint64_t seconds;
  Expect expect;
  Save save;
};

// The fields of tombolo::Capabilities, by the same names.
enum class Capability : std::uint8_t {
  put_if_match,
  put_if_absent,
  delete_if_match,
  copy_if_absent,
  atomic_rename,
  metadata,
  list_has_metadata,
  presign,
  persistent,
  key_beside_folder,
  long_segments,
  odd_keys,
  new_etags,
  cached_reads,
};

struct Requirement {
  Capability capability;
  bool present;
};

// A case is registered for the stores that meet all of `requirements`.
struct Case {
  Text name;
  Span<Requirement> requirements;
  Span<Step> steps;
};

}  // namespace tombolo_test
