// What the tables of cases are made of, as rust/testkit/src/literal.rs prints it.
#pragma once

#include <cstddef>
#include <string>

namespace tombolo_test {

// Bytes, which may hold NUL.
struct Text {
  const char* data;
  std::size_t size;
  std::string str() const { return std::string(data, size); }
};

template <class T>
struct Span {
  const T* data;
  std::size_t size;
  const T* begin() const { return data; }
  const T* end() const { return data + size; }
};

}  // namespace tombolo_test
