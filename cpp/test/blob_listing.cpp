// The step of a blob case that lists.
#include <algorithm>
#include <utility>

#include "blob_runner.hpp"

namespace tombolo_test {

namespace {

// Up to so many objects are compared with what a `head` says.
constexpr std::size_t compared_with_head = 20;

// The first or the last entry of a page.
template <class Pick>
std::string edge(const tombolo::ListPage& page, Pick pick) {
  std::vector<std::string> all = page.prefixes;
  for (const auto& object : page.objects) all.push_back(object.key);
  return *pick(all.begin(), all.end());
}

}  // namespace

tombolo::ListPage Runner::all_pages(const tombolo::Stream<tombolo::ListPage>& pages,
                                    const Step& step, bool& failed) {
  tombolo::ListPage all;
  std::optional<std::string> last;
  for (;;) {
    auto page = expected(result_of(pages.next()), step.expect, "list");
    failed = !page;
    if (!page || !*page) return all;
    const std::size_t size = (*page)->objects.size() + (*page)->prefixes.size();
    check(size > 0 && size <= step.listing.page_size, "a page of " + std::to_string(size));
    const auto least = [](auto from, auto to) { return std::min_element(from, to); };
    const auto greatest = [](auto from, auto to) { return std::max_element(from, to); };
    check(!last || *last < edge(**page, least), "a page begins before the last one ended");
    last = edge(**page, greatest);
    for (auto& object : (*page)->objects) all.objects.push_back(std::move(object));
    for (auto& prefix : (*page)->prefixes) all.prefixes.push_back(std::move(prefix));
  }
}

void Runner::list(const Step& step) {
  const Listing& listing = step.listing;
  const std::string delimiter(listing.delimiter == '\0' ? 0U : 1U, listing.delimiter);
  tombolo::ListOptions options;
  options.prefix = listing.prefix.str();
  options.delimiter = delimiter;
  options.start_after = listing.start_after.str();
  options.page_size = static_cast<std::size_t>(listing.page_size);
  const auto pages = store_.list(options);
  bool failed = false;
  const tombolo::ListPage all = all_pages(pages, step, failed);
  if (failed) return;
  const auto over = result_of(pages.next());
  check(over.has_value() && !over->has_value(), "a page after the last");
  std::vector<std::string> keys;
  for (const auto& object : all.objects) keys.push_back(object.key);
  check(keys == texts(listing.objects), "other objects are listed");
  check(all.prefixes == texts(listing.prefixes), "other prefixes are listed");
  if (keys.size() > compared_with_head) return;
  for (const auto& object : all.objects) agrees_with_head(object);
}

void Runner::agrees_with_head(const tombolo::ObjectMeta& listed) {
  tombolo::ObjectMeta head = result_of(store_.head(listed.key)).value();
  if (!store_.capabilities().list_has_metadata) {
    head.content_type.clear();
    head.metadata.clear();
  }
  check(listed.key == head.key && listed.size == head.size && listed.etag == head.etag &&
            listed.last_modified == head.last_modified &&
            listed.content_type == head.content_type && listed.metadata == head.metadata,
        "what is listed of " + listed.key + " differs from its head");
}

}  // namespace tombolo_test
