// Polygons to measure.
#include <cmath>

#include "geometry.hpp"

Polygon regular(int corners, double radius) {
  const double turn = 2 * std::acos(-1.0) / corners;
  Polygon polygon;
  for (int i = 0; i < corners; ++i) {
    polygon.push_back({radius * std::cos(i * turn), radius * std::sin(i * turn)});
  }
  return polygon;
}
