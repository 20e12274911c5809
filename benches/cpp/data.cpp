// Bytes and text, into Rust and out of it, in four sizes.
#include <cstring>
#include <memory>
#include <string>

#include "cases.hpp"
#include "tombolo-benches/src/data.rs.h"
#include "tombolo/bytes.hpp"
#include "tombolo/error.hpp"

namespace tombolo_bench {
namespace {

using tombolo::Bytes;
using Text = std::shared_ptr<const std::string>;

constexpr std::size_t kSizes[] = {16, 256, 4096, 1 << 20};
constexpr std::uint64_t kLast = 'x';

rust::Slice<const std::uint8_t> slice(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

__attribute__((noinline)) std::uint64_t look(const char* data, std::size_t size) {
  hide(data);
  return size + static_cast<unsigned char>(data[size - 1]);
}

/// Calls `look_at` with a text of the size, so many times; it answers what Rust has seen of it.
template <class LookAt>
std::function<Run()> looking(std::size_t size, LookAt look_at) {
  return [=] {
    return [=, text = Text(std::make_shared<std::string>(size, 'x'))](std::uint64_t times) {
      for (std::uint64_t i = 0; i < times; ++i) {
        expect(look_at(*text) == size + kLast, "what goes in");
      }
    };
  };
}

std::function<Run()> giving_bytes(std::size_t size) {
  return [size] {
    const auto bytes = std::make_shared<Bytes>(std::string(size, 'x'));
    return [=](std::uint64_t times) {
      for (std::uint64_t i = 0; i < times; ++i) {
        expect(keep_bytes(Bytes(*bytes).release()) == size + kLast, "bytes that go in");
      }
    };
  };
}

std::uint64_t look_at_checked(const std::string& text) {
  std::uint64_t out = 0;
  const tombolo::detail::RawError error = look_at_text(slice(text), out);
  expect(!error.is_error(), "text that goes in");
  return out;
}

/// Fewer are counted of what is large.
std::uint64_t times_of(std::size_t size) { return size > 4096 ? 16 : 1000; }

void add_sized(Cases& cases, const char* what, std::size_t size, const char* who,
               std::function<Run()> prepare) {
  cases.add({std::string(what) + "/" + std::to_string(size) + "/" + who, std::move(prepare),
             Counted::everything, times_of(size)});
}

void add_inward(Cases& cases, std::size_t size) {
  const auto in = [&](const char* what, const char* who, std::function<Run()> prepare) {
    add_sized(cases, what, size, who, std::move(prepare));
  };
  in("bytes_in", "cpp",
     looking(size, [](const std::string& t) { return look(t.data(), t.size()); }));
  in("bytes_in", "cxx_slice",
     looking(size, [](const std::string& t) { return look_at(slice(t)); }));
  in("bytes_in", "cxx_vec", looking(size, [](const std::string& t) {
       rust::Vec<std::uint8_t> copy;
       copy.reserve(t.size());
       std::copy(t.begin(), t.end(), std::back_inserter(copy));
       return keep_vec(std::move(copy));
     }));
  in("bytes_in", "tombolo", giving_bytes(size));
  in("text_in", "cxx_str", looking(size, [](const std::string& t) {
       return look_at_str(rust::Str(t.data(), t.size()));
     }));
  in("text_in", "tombolo", looking(size, look_at_checked));
}

/// Asks a source of the size, so many times; `last` is the last byte of what comes.
template <class Last>
std::function<Run()> asking(std::size_t size, Last last) {
  return [=] {
    const auto source = std::make_shared<rust::Box<Source>>(new_source(size));
    return [=](std::uint64_t times) {
      for (std::uint64_t i = 0; i < times; ++i) {
        expect(last(**source) == kLast, "what comes out");
      }
    };
  };
}

template <class Container>
std::uint64_t last_of(const Container& container) {
  return static_cast<std::uint64_t>(container.data()[container.size() - 1]);
}

void add_outward(Cases& cases, std::size_t size) {
  const auto out = [&](const char* what, const char* who, std::function<Run()> prepare) {
    add_sized(cases, what, size, who, std::move(prepare));
  };
  out("bytes_out", "cxx_vec",
      asking(size, [](const Source& source) { return last_of(source.vec()); }));
  out("bytes_out", "cxx_fill", asking(size, [size](const Source& source) {
        std::string into(size, '\0');
        source.fill({reinterpret_cast<std::uint8_t*>(into.data()), into.size()});
        return last_of(into);
      }));
  out("bytes_out", "tombolo",
      asking(size, [](const Source& source) { return last_of(Bytes(source.bytes())); }));
  out("text_out", "cxx_string",
      asking(size, [](const Source& source) { return last_of(source.string()); }));
  out("text_out", "cxx_std_string", asking(size, [](const Source& source) {
        return last_of(static_cast<std::string>(source.string()));
      }));
}

}  // namespace

void add_data(Cases& cases) {
  for (const std::size_t size : kSizes) add_inward(cases, size);
  for (const std::size_t size : kSizes) add_outward(cases, size);
}

}  // namespace tombolo_bench
