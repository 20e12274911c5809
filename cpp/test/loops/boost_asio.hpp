// Boost.Asio's loops. Not in one translation unit with standalone Asio's: Boost 1.74 forbids it.
#pragma once

// clang-format off
#include <utility>  // some versions of awaitable.hpp use std::exchange without it
// clang-format on

#include <boost/asio.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tombolo/boost_asio.hpp"

#define TOMBOLO_TEST_ASIO ::boost::asio
#define TOMBOLO_TEST_ASIO_NAME "boost_asio"
#include "asio_loops.hpp"
