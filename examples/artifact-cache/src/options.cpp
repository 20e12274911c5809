// The command line.
#include "options.hpp"

#include <charconv>
#include <cstdint>
#include <limits>

namespace artifact_cache {
namespace {

struct Unit {
  std::string_view suffix;
  std::uint64_t factor;
};

constexpr Unit kSizeUnits[] = {
    {"", 1}, {"K", 1u << 10}, {"M", 1u << 20}, {"G", 1u << 30}, {"T", std::uint64_t{1} << 40}};
constexpr Unit kTimeUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
constexpr Unit kCountUnits[] = {{"", 1}};

[[noreturn]] void reject(std::string_view value, std::string_view expected) {
  throw std::invalid_argument("'" + std::string(value) + "' is not " + std::string(expected));
}

struct Range {
  std::uint64_t low;
  std::uint64_t high;
};

std::uint64_t parse_quantity(std::string_view value, std::span<const Unit> units, Range range,
                             std::string_view expected) {
  std::uint64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [rest, failed] = std::from_chars(value.data(), end, number);
  if (failed != std::errc()) reject(value, expected);
  for (const Unit& unit : units) {
    if (unit.suffix != std::string_view(rest, static_cast<std::size_t>(end - rest))) continue;
    if (number > range.high / unit.factor || number * unit.factor < range.low) break;
    return number * unit.factor;
  }
  reject(value, expected);
}

std::uint64_t parse_size(std::string_view value, Range range, std::string_view expected) {
  return parse_quantity(value, kSizeUnits, range, expected);
}

std::size_t parse_count(std::string_view value, Range range, std::string_view expected) {
  return parse_quantity(value, kCountUnits, range, expected);
}

Duration parse_duration(std::string_view value) {
  constexpr Range kUpToADay{1, 24 * 60 * 60 * 1000};
  return Duration(parse_quantity(value, kTimeUnits, kUpToADay,
                                 "a time from 1ms to 24h, such as 500ms, 30s or 2m"));
}

tcp::endpoint parse_endpoint(std::string_view value) {
  constexpr std::string_view kExpected = "an address and a port, such as 127.0.0.1:8080 or [::]:80";
  const std::size_t colon = value.rfind(':');
  if (colon == std::string_view::npos) reject(value, kExpected);
  std::string host(value.substr(0, colon));
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  error_code failed;
  const auto address = asio::ip::make_address(host, failed);
  if (failed || address.is_v6() != bracketed) reject(value, kExpected);
  const std::size_t port = parse_count(value.substr(colon + 1), {0, 65535}, "a port, 0 to 65535");
  return {address, static_cast<std::uint16_t>(port)};
}

struct Option {
  std::string_view name;
  void (*apply)(Options&, std::string_view value);
};

constexpr Option kOptions[] = {
    {"--store", [](Options& o, std::string_view v) { o.store = v; }},
    {"--listen", [](Options& o, std::string_view v) { o.listen = parse_endpoint(v); }},
    {"--threads",
     [](Options& o, std::string_view v) {
       o.threads = parse_count(v, {1, 256}, "a number from 1 to 256");
     }},
    {"--max-connections",
     [](Options& o, std::string_view v) {
       o.limits.max_connections = parse_count(v, {1, 1'000'000}, "a number from 1 to 1000000");
     }},
    {"--max-header",
     [](Options& o, std::string_view v) {
       constexpr Range kRange{256, 1 << 20};
       o.limits.max_header =
           static_cast<std::uint32_t>(parse_size(v, kRange, "a size from 256 to 1M"));
     }},
    {"--max-body",
     [](Options& o, std::string_view v) {
       constexpr Range kRange{0, std::numeric_limits<std::int64_t>::max()};
       o.limits.max_body = parse_size(v, kRange, "a size, such as 1048576, 512M or 5G");
     }},
    {"--idle-timeout",
     [](Options& o, std::string_view v) { o.limits.idle_timeout = parse_duration(v); }},
    {"--read-timeout",
     [](Options& o, std::string_view v) { o.limits.read_timeout = parse_duration(v); }},
    {"--write-timeout",
     [](Options& o, std::string_view v) { o.limits.write_timeout = parse_duration(v); }},
    {"--drain-timeout",
     [](Options& o, std::string_view v) { o.limits.drain_timeout = parse_duration(v); }},
};

void apply(Options& options, std::string_view name, std::string_view value) {
  for (const Option& option : kOptions) {
    if (option.name != name) continue;
    try {
      return option.apply(options, value);
    } catch (const std::invalid_argument& error) {
      throw UsageError(std::string(name) + ": " + error.what());
    }
  }
  throw UsageError("unknown argument '" + std::string(name) + "'");
}

bool is_known(std::string_view name) {
  for (const Option& option : kOptions) {
    if (option.name == name) return true;
  }
  return false;
}

}  // namespace

std::optional<Options> parse_options(std::span<const char* const> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h") return std::nullopt;
    const std::size_t equals = argument.find('=');
    if (equals != std::string_view::npos) {
      apply(options, argument.substr(0, equals), argument.substr(equals + 1));
    } else if (is_known(argument) && i + 1 == arguments.size()) {
      throw UsageError(std::string(argument) + ": needs a value");
    } else {
      apply(options, argument, is_known(argument) ? arguments[++i] : "");
    }
  }
  if (options.store.empty()) throw UsageError("--store: is required");
  return options;
}

std::string_view usage() {
  return R"(usage: artifact-cache --store SPEC [OPTION VALUE]...

Serves a build cache over HTTP to ccache and Bazel: GET, HEAD, PUT and DELETE
below /cache/, /ac/ and /cas/; also GET /healthz and GET /metrics.

  --store SPEC          where artifacts are kept, such as filesystem:/var/cache/artifacts
                        or tombolo:file:///var/cache/artifacts
  --listen ADDRESS:PORT where to listen; port 0 picks one (127.0.0.1:8080)
  --threads N           threads that serve (4)
  --max-connections N   further clients are answered 503 (1024, or a third of the
                        descriptors this process may open)
  --max-header SIZE     larger request headers are answered 431 (8K)
  --max-body SIZE       larger uploads are answered 413 (5G)
  --idle-timeout TIME   how long a connection may rest between requests (120s)
  --read-timeout TIME   for a header, or for 64K of a body, to arrive (30s)
  --write-timeout TIME  for 64K of a response to be taken (30s)
  --drain-timeout TIME  for requests in flight after SIGTERM or SIGINT (30s)

SIZE is a number of bytes, or one with K, M, G or T; TIME one with ms, s, m or h.
)";
}

}  // namespace artifact_cache
