// The way of consuming an operation by a completion token of standalone Asio. See ways.hpp.
#pragma once

// clang-format off
#include <utility>  // Asio 1.22 asks what the standard library has before it includes any of it
// clang-format on

#include <asio/io_context.hpp>
#include <optional>

#include "check.hpp"
#include "tombolo/asio.hpp"

namespace tombolo_test {

struct ByAsio {
  static constexpr const char* kName = "asio";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    asio::io_context context;
    std::optional<tombolo::Result<T>> result;
    tombolo::async_wait(context, std::move(op), [&](tombolo::Result<T> one) {
      check(!result.has_value(), "it is answered more than once");
      result.emplace(std::move(one));
    });
    check(!result.has_value(), "the handler ran inside its initiation");
    context.run();
    check(result.has_value(), "the context ran out of work before the operation was done");
    return std::move(*result);
  }
};

}  // namespace tombolo_test
