// Boost.Asio's completion tokens.
#include "tombolo/boost_asio.hpp"

#include <boost/asio.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#define TOMBOLO_TEST_ASIO ::boost::asio
#include "asio_context_cases.hpp"
#include "asio_token_cases.hpp"
