// The way of blob_clouds: one, since what differs from way to way is tested with stores that are
// faster.
#include "../ways.hpp"

#include "../blob_runner.hpp"

void tombolo_test::add_blob_ways() { add_ways<Way, ByThen>(); }
