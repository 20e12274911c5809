// The threads of this process, by the names that the kernel shows.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tombolo_test {

/// The names of all threads that begin with `prefix`, sorted. One that ends meanwhile is left out.
inline std::vector<std::string> threads_named(std::string_view prefix = {}) {
  std::vector<std::string> names;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream file(task.path() / "comm");
    if (std::getline(file, name) && name.substr(0, prefix.size()) == prefix) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tombolo_test
