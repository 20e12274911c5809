// The ways of blob_conformance: every way to consume an operation.
#include "blob_runner.hpp"
#include "way_asio.hpp"
#include "ways.hpp"

void tombolo_test::add_blob_ways() {
  add_ways<Way, ByWait, ByFuture, ByThen, ByStart, ByCoAwait, ByAsio>();
}
