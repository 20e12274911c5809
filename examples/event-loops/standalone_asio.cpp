// A service on standalone Asio, by one thread and by several.
#include <asio.hpp>

#include "tombolo/asio.hpp"

namespace net = asio;
#include "asio_service.hpp"
