// What every C++ program costs: it loads the standard library, most of its start-up cost, and so it
// must call something of that.
#include <cstddef>
#include <string>

int main(int argc, char**) {
  const std::string text(static_cast<std::size_t>(argc) * 100, 'x');
  return text.find('y') == std::string::npos ? 0 : 1;
}
