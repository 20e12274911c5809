// The cases of the benches: what is timed and counted, by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rust/cxx.h"

namespace tombolo_bench {

/// Does its operation so many times, and ends the program if an answer is wrong.
using Run = std::function<void(std::uint64_t times)>;

/// What can be counted of a case so that it comes out the same each time.
enum class Counted {
  everything,
  allocations,  ///< several threads take part, and their instructions vary
  nothing,
};

/// One case. Its name is group/parameters/who, such as bytes_in/4096/tombolo.
struct Case {
  std::string id;
  std::function<Run()> prepare;  ///< makes what is not to be timed
  Counted counted = Counted::everything;
  std::uint64_t times = 1000;  ///< how many operations are counted
  bool slow = false;           ///< left out where things are to be quick
};

class Cases {
 public:
  void add(Case one) { cases_.push_back(std::move(one)); }
  /// A case that has nothing to prepare.
  void add(std::string id, Run run) {
    add({std::move(id), [run = std::move(run)] { return run; }});
  }
  /// Leaves those whose names have `part` in them, and of these the slow ones only where they are
  /// wanted.
  void keep_only(const std::string& part, bool slow_ones);

  [[nodiscard]] const std::vector<Case>& all() const noexcept { return cases_; }

  // For the driver, one case at a time.
  [[nodiscard]] std::size_t size() const noexcept { return cases_.size(); }
  [[nodiscard]] rust::String id(std::size_t index) const { return cases_.at(index).id; }
  void prepare(std::size_t index) { run_ = cases_.at(index).prepare(); }
  void run(std::uint64_t times) { run_(times); }
  void finish() { run_ = nullptr; }

 private:
  std::vector<Case> cases_;
  Run run_;
};

/// Ends the program unless `right`: a bench that is wrong has measured nothing.
void expect(bool right, const char* where);

/// Keeps the compiler from knowing `value`.
template <class T>
inline void hide(T& value) {
  asm volatile("" : "+r,m"(value) : : "memory");
}

// One a file.
void add_scalars(Cases& cases);
void add_failures(Cases& cases);
void add_data(Cases& cases);
void add_structs(Cases& cases);
void add_callbacks(Cases& cases);
void add_ready(Cases& cases);
void add_hops(Cases& cases);
void add_waits(Cases& cases);
void add_memory(Cases& cases);
/// Makes its stores in `folder`.
void add_folder(Cases& cases, const std::string& folder);

}  // namespace tombolo_bench
