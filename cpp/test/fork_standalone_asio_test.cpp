// Standalone Asio in a process that forks.
// clang-format off
#include "tombolo/asio.hpp"  // first: it includes what some versions of Asio lack
// clang-format on

#include <asio.hpp>

#define TOMBOLO_TEST_ASIO ::asio
#include "asio_fork_case.hpp"
