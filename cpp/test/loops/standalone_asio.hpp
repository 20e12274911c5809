// Standalone Asio's loops.
#pragma once

// clang-format off
#include <utility>  // some versions of awaitable.hpp use std::exchange without it
// clang-format on

#include <asio.hpp>

#include "tombolo/asio.hpp"

#define TOMBOLO_TEST_ASIO ::asio
#define TOMBOLO_TEST_ASIO_NAME "standalone_asio"
#include "asio_loops.hpp"
