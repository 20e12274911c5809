// Approaches a circle by polygons.
#include <iostream>

#include "geometry.hpp"

int main() {
  for (int corners = 3; corners <= 96; corners *= 2) {
    std::cout << describe(regular(corners, 1.0)) << "\n";
  }
}
