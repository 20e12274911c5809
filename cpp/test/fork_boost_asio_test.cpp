// Boost.Asio in a process that forks.
// clang-format off
#include "tombolo/boost_asio.hpp"  // first: it includes what some versions of Asio lack
// clang-format on

#include <boost/asio.hpp>

#define TOMBOLO_TEST_ASIO ::boost::asio
#include "asio_fork_case.hpp"
