#include "common/options.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "common/measure.hpp"

namespace clouds {
namespace {

Work work_of(std::string_view name) {
  if (name == "get") return Work::get;
  if (name == "get_into") return Work::get_into;
  if (name == "get_stream") return Work::get_stream;
  if (name == "put") return Work::put;
  if (name == "list") return Work::list;
  fail("there is no such work");
}

std::string decoded(std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string digits(text.substr(i + 1, 2));
      all += static_cast<char>(std::strtol(digits.c_str(), nullptr, 16));
      i += 2;
    } else {
      all += text[i];
    }
  }
  return all;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* const value = argv[i + 1];
    if (name == "--url") {
      options.url = value;
    } else if (name == "--work") {
      options.work = work_of(value);
    } else if (name == "--size") {
      options.size = std::strtoull(value, nullptr, 10);
    } else if (name == "--in-flight") {
      options.in_flight = std::strtoull(value, nullptr, 10);
    } else if (name == "--seconds") {
      options.seconds = std::strtod(value, nullptr);
    } else if (name == "--times") {
      options.times = std::strtoull(value, nullptr, 10);
    } else if (name == "--who") {
      options.who = value;
    } else {
      options.url.clear();
      break;
    }
  }
  if (options.url.empty() || options.in_flight == 0) {
    std::fputs("usage: --url URL --work WORK --size BYTES --in-flight N --seconds S | --times N\n",
               stderr);
    std::exit(2);
  }
  return options;
}

Place parse_place(const std::string& url) {
  Place place;
  const std::size_t names = url.find("://") + 3;
  const std::size_t query = url.find('?');
  place.is_azure = url.compare(0, 6, "azblob") == 0;
  place.container = url.substr(names, query - names);
  if (place.is_azure) {
    const std::size_t slash = place.container.find('/');
    place.account = place.container.substr(0, slash);
    place.container.erase(0, slash + 1);
  }
  for (std::size_t at = query + 1; at < url.size();) {
    const std::size_t end = std::min(url.find('&', at), url.size());
    const std::size_t equals = url.find('=', at);
    place.parameters[url.substr(at, equals - at)] =
        decoded(std::string_view(url).substr(equals + 1, end - equals - 1));
    at = end + 1;
  }
  return place;
}

}  // namespace clouds
