// valgrind_check leak|read_after_free|none: does that.
#include <cstdlib>
#include <string_view>

int main(int count, char** arguments) {
  const std::string_view fault = count > 1 ? arguments[1] : "none";
  auto* volatile memory = static_cast<volatile char*>(std::malloc(16));
  memory[0] = 0;
  int status = memory[0];
  if (fault != "leak") std::free(const_cast<char*>(memory));
  if (fault == "read_after_free") status = memory[0] == 1 ? 1 : 0;
  memory = nullptr;
  return status;
}
