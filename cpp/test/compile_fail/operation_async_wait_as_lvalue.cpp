// `async_wait` takes the operation, and an operation is not copied.
// expect-error: deleted
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <utility>

#include "tombolo/boost_asio.hpp"
#include "tombolo/tombolo.hpp"

void consume(tombolo::BlobStore& store, boost::asio::io_context& context) {
  auto operation = store.get("key");
#ifdef CONTROL
  tombolo::async_wait(context, std::move(operation), boost::asio::detached);
#else
  tombolo::async_wait(context, operation, boost::asio::detached);
#endif
}
