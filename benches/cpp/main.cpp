// The benches' one program.
//
//   bench list                      the names of the cases
//   bench time FILE [--quick]       nanoseconds an operation, to FILE, one JSON object a line
//   bench latency [--quick]         percentiles of single operations, likewise to stdout
//   bench streaming                 the memory it takes to stream 1 GiB, likewise
//   bench allocations               allocations an operation, of both languages, likewise
//   bench instructions              under callgrind: two dumps a case, of so many operations and
//   twice that
//
// `--only TEXT` leaves the cases whose names have TEXT in them. `--folder FOLDER` is where stores
// are made, and must be on a disk; it is emptied at the end. Each case checks its answers.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cases.hpp"
#include "counts.hpp"
#include "latency.hpp"
#include "streaming.hpp"
#include "tombolo-benches/src/driver.rs.h"

namespace {

using namespace tombolo_bench;

struct Arguments {
  std::string command;
  std::string file;
  std::string only;
  std::string folder = ".";
  bool quick = false;
};

[[noreturn]] void usage() {
  std::fputs(
      "usage: bench list | time FILE [--quick] | latency [--quick] | allocations | instructions   "
      "[--only TEXT]\n",
      stderr);
  std::exit(2);
}

Arguments parse(const std::vector<std::string>& given) {
  Arguments arguments;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == "--quick") {
      arguments.quick = true;
    } else if (given[i] == "--only" && i + 1 < given.size()) {
      arguments.only = given[++i];
    } else if (given[i] == "--folder" && i + 1 < given.size()) {
      arguments.folder = given[++i];
    } else if (arguments.command.empty()) {
      arguments.command = given[i];
    } else if (arguments.command == "time" && arguments.file.empty()) {
      arguments.file = given[i];
    } else {
      usage();
    }
  }
  const std::string own = "tombolo-bench-" + std::to_string(getpid());
  arguments.folder = std::filesystem::absolute(arguments.folder) / own;
  return arguments;
}

Cases all_cases(const std::string& folder) {
  Cases cases;
  for (auto* add : {add_scalars, add_failures, add_data, add_structs, add_callbacks, add_ready,
                    add_hops, add_waits, add_memory}) {
    add(cases);
  }
  add_folder(cases, folder);
  return cases;
}

void time_into(Cases& cases, const Arguments& arguments) {
  if (arguments.file.empty()) usage();
  Plan plan;
  plan.rounds = arguments.quick ? 1 : 5;
  plan.warm_up_ms = arguments.quick ? 10 : 30;
  plan.measure_ms = arguments.quick ? 40 : 100;
  plan.folder = arguments.file + ".criterion";
  plan.out = arguments.file;
  time_all(cases, plan);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse({argv + 1, argv + argc});
  Cases cases = all_cases(arguments.folder);
  cases.keep_only(arguments.only, !arguments.quick);
  if (cases.size() == 0) {
    std::fprintf(stderr, "bench: no case has '%s' in its name\n", arguments.only.c_str());
    return 2;
  }
  try {
    if (arguments.command == "list") {
      for (const Case& one : cases.all()) std::puts(one.id.c_str());
    } else if (arguments.command == "time") {
      time_into(cases, arguments);
    } else if (arguments.command == "latency") {
      print_latencies(arguments.quick);
    } else if (arguments.command == "streaming") {
      print_streaming_memory(arguments.folder);
    } else if (arguments.command == "allocations") {
      count_allocations(cases);
    } else if (arguments.command == "instructions") {
      count_instructions(cases);
    } else {
      usage();
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench: %s\n", failure.what());
    return EXIT_FAILURE;
  }
  std::filesystem::remove_all(arguments.folder);
  return EXIT_SUCCESS;
}
