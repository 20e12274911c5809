// Polygons in words.
#include <iomanip>
#include <sstream>

#include "geometry.hpp"

std::string describe(const Polygon& polygon) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(3) << polygon.size() << " corners, area " << area(polygon)
      << ", perimeter " << perimeter(polygon);
  return out.str();
}
