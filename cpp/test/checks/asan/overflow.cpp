// asan_check cpp|rust|none: reads beyond a buffer in that language.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

extern "C" std::uint8_t overflow_in_rust(std::size_t index);

extern "C" __attribute__((noinline)) std::uint8_t overflow_in_cpp(std::size_t index) {
  std::vector<std::uint8_t> buffer(16, 7);
  const volatile std::uint8_t* data = buffer.data();
  return data[index];
}

int main(int count, char** arguments) {
  const std::string_view where = count > 1 ? arguments[1] : "none";
  const int sum =
      overflow_in_cpp(where == "cpp" ? 16 : 15) + overflow_in_rust(where == "rust" ? 16 : 15);
  std::printf("%d\n", sum);
  return sum == 14 ? 0 : 1;
}
