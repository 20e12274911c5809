// Every registered case of the shared table for secrets, on every embedded store, by every way to
// consume an operation. A store that does not open is a failure.
//
//   secrets_conformance [part of a test's name]
//   secrets_conformance --list   what is registered, named as by the program in Rust
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "check.hpp"
#include "secret_cases.hpp"
#include "secret_cases.inc"
#include "tombolo/secrets.hpp"
#include "ways.hpp"

namespace {

namespace fs = std::filesystem;
using tombolo::SecretStore;
using tombolo::SecretValue;
using tombolo_test::check;
using tombolo_test::SecretCase;
using tombolo_test::SecretStep;

struct Store {
  const char* name;
  const char* query;  // what follows the path of a folder; null for the environment
  bool is_mounted;
};

constexpr Store stores[] = {{"folder", "?ttl=3600&poll=1", false},
                            {"folder_not_kept", "?ttl=0&poll=1", false},
                            {"mounted", "", true},
                            {"env", nullptr, false}};

// Where the store of one case is; it goes when the case does.
class Place {
 public:
  explicit Place(const Store& store) {
    if (store.query == nullptr) return;
    static std::atomic<int> next = 0;
    folder_ = fs::temp_directory_path() /
              ("tombolo-secrets-" + std::to_string(getpid()) + "-" + std::to_string(next++));
    fs::create_directory(folder_);
    if (store.is_mounted) {
      fs::create_directory(folder_ / "..version");
      fs::create_symlink("..version", folder_ / "..data");
    }
    url_ = "folder://" + folder_.string() + store.query;
  }
  ~Place() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] tombolo::Result<SecretStore> open() const { return SecretStore::open(url_); }

 private:
  fs::path folder_;
  std::string url_ = "env://NO_VARIABLE_BEGINS_SO_";
};

bool is_registered(const SecretCase& test, const tombolo::SecretCapabilities& can) {
  for (const auto& requirement : test.requirements) {
    bool has = false;
    switch (requirement.capability) {
      case tombolo_test::SecretCapability::set:
        has = can.set;
        break;
      case tombolo_test::SecretCapability::remove:
        has = can.remove;
        break;
      case tombolo_test::SecretCapability::versions:
        has = can.versions;
        break;
      case tombolo_test::SecretCapability::binary:
        has = can.binary;
        break;
    }
    if (has != requirement.present) return false;
  }
  return true;
}

// Runs the steps of a case, consuming by `Way`.
template <class Way>
class Runner {
 public:
  explicit Runner(SecretStore store) : store_(std::move(store)) {}

  void run(const SecretStep& step) {
    const std::string name = step.name.str();
    const std::string value = step.value.str();
    switch (step.kind) {
      case tombolo_test::SecretStepKind::set: {
        auto made = SecretValue::copy_of(value);
        check(made.has_value(), "the value cannot be made");
        const auto version = way_(store_.set(name, std::move(*made)));
        if (succeeds(version, step)) keep(step, *version);
        break;
      }
      case tombolo_test::SecretStepKind::get:
        expect_value(way_(store_.get(name)), step);
        break;
      case tombolo_test::SecretStepKind::get_version:
        expect_value(way_(store_.get_version(name, versions_.at(step.slot))), step);
        break;
      case tombolo_test::SecretStepKind::get_named_version:
        succeeds(way_(store_.get_version(name, value)), step);
        break;
      case tombolo_test::SecretStepKind::remove:
        succeeds(way_(store_.remove(name)), step);
        break;
      case tombolo_test::SecretStepKind::list:
        expect_names(way_(store_.list()), step);
        break;
      case tombolo_test::SecretStepKind::versions:
        expect_versions(way_(store_.versions(name)), step);
        break;
      case tombolo_test::SecretStepKind::watch:
        watch_ = store_.watch(name);
        break;
      case tombolo_test::SecretStepKind::next: {
        const auto item = way_(watch_.next());
        // An error that the watch has seen is an item; one of the watch's own is not.
        if (!item) {
          succeeds(item, step);
          break;
        }
        check(item->has_value(), "the watch has ended");
        expect_value(**item, step);
        break;
      }
    }
  }

 private:
  // Whether it has succeeded, as it must; false for the error that it must be.
  template <class T>
  bool succeeds(const tombolo::Result<T>& result, const SecretStep& step) {
    if (result) {
      check(step.code == 0, "it succeeds in place of code " + std::to_string(step.code));
      return true;
    }
    const tombolo::Error& error = result.error();
    check(static_cast<std::uint32_t>(error.code()) == step.code, error.to_string());
    check(error.service().rfind("secrets.", 0) == 0, "no service: " + error.to_string());
    const std::string value = step.value.str();
    const bool is_shown = step.kind == tombolo_test::SecretStepKind::set && !value.empty() &&
                          error.to_string().find(value) != std::string::npos;
    check(!is_shown, "the error shows the secret");
    return false;
  }

  void expect_value(const tombolo::Result<SecretValue>& value, const SecretStep& step) {
    if (!succeeds(value, step)) return;
    check(value->view() == step.value.str(), "the value is another");
    check(step.slot == 0 || value->version() == versions_.at(step.slot), "the version is another");
  }

  void expect_names(const tombolo::Result<std::vector<std::string>>& names,
                    const SecretStep& step) {
    if (!succeeds(names, step)) return;
    std::vector<std::string> expected;
    for (const auto& name : step.names) expected.push_back(name.str());
    check(*names == expected, "the names are others");
  }

  void expect_versions(const tombolo::Result<std::vector<std::string>>& versions,
                       const SecretStep& step) {
    if (!succeeds(versions, step)) return;
    std::vector<std::string> expected;
    for (const auto slot : step.slots) expected.push_back(versions_.at(slot));
    check(*versions == expected, "the versions are others");
  }

  // No two versions of a secret that were kept are the same.
  void keep(const SecretStep& step, const std::string& version) {
    for (const auto& [name, kept] : kept_) {
      check(name != step.name.str() || kept != version, "two versions are the same");
    }
    if (step.slot == 0) return;
    kept_.emplace_back(step.name.str(), version);
    versions_[step.slot] = version;
  }

  Way way_;
  SecretStore store_;
  tombolo::Stream<tombolo::Result<SecretValue>> watch_;
  std::map<std::uint32_t, std::string> versions_;
  std::vector<std::pair<std::string, std::string>> kept_;  // names and versions
};

struct Counts {
  std::atomic<int> passed = 0;
  std::atomic<int> failed = 0;
};

template <class Way>
void run_one(const Store& store, const SecretCase& test, std::string_view filter, Counts& counts) {
  const std::string name = std::string(store.name) + "." + Way::kName + "." + test.name.str();
  if (name.find(filter) == std::string::npos) return;
  const Place place(store);
  std::size_t number = 0;
  try {
    Runner<Way> runner(place.open().value());
    for (const SecretStep& step : test.steps) {
      runner.run(step);
      ++number;
    }
    ++counts.passed;
  } catch (const std::exception& failed) {
    ++counts.failed;
    std::printf("FAILED %s\n  step %zu: %s\n", name.c_str(), number, failed.what());
  }
}

// The cases that the store's capabilities register.
std::vector<const SecretCase*> cases_of(const Store& store, Counts& counts) {
  std::vector<const SecretCase*> cases;
  const auto opened = Place(store).open();
  if (!opened) {
    ++counts.failed;
    std::printf("FAILED %s does not open\n  %s\n", store.name, opened.error().to_string().c_str());
    return cases;
  }
  for (const SecretCase& test : tombolo_test::secret_cases) {
    if (is_registered(test, opened->capabilities())) cases.push_back(&test);
  }
  return cases;
}

template <class Way>
void run_stores(std::string_view filter, Counts& counts) {
  for (const Store& store : stores) {
    for (const SecretCase* test : cases_of(store, counts)) {
      run_one<Way>(store, *test, filter, counts);
    }
  }
}

// Each way on a thread of its own: a watch looks once a second, which is what most of the time goes
// into.
template <class... Way>
void run_all(std::string_view filter, Counts& counts) {
  std::vector<std::thread> threads;
  (threads.emplace_back([filter, &counts] { run_stores<Way>(filter, counts); }), ...);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main(int count, char** arguments) {
  using namespace tombolo_test;
  const std::string_view given = count > 1 ? arguments[1] : "";
  Counts counts;
  if (given == "--list") {
    for (const Store& store : stores) {
      for (const SecretCase* test : cases_of(store, counts)) {
        std::printf("%s::%s\n", store.name, test->name.str().c_str());
      }
    }
    return counts.failed == 0 ? 0 : 1;
  }
  run_all<ByWait, ByFuture, ByThen, ByStart, ByCoAwait>(given, counts);
  std::printf("%d passed, %d failed\n", counts.passed.load(), counts.failed.load());
  return counts.failed == 0 && counts.passed > 0 ? 0 : 1;
}
