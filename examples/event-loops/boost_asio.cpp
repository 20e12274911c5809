// A service on Boost.Asio, by one thread and by several.
#include "tombolo/boost_asio.hpp"

#include <boost/asio.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace net = boost::asio;
#include "asio_service.hpp"
