// Points in the plane, and shapes made of them.
#pragma once

#include <string>
#include <vector>

struct Point {
  double x;
  double y;
};

using Polygon = std::vector<Point>;

double area(const Polygon& polygon);
double perimeter(const Polygon& polygon);
Polygon regular(int corners, double radius);
std::string describe(const Polygon& polygon);
