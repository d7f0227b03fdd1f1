// A shape table that terms are encoded and compared against while a test runs.
#pragma once

#include "core/term/shapes.h"

namespace termstore::test {

class ShapesScope {
 public:
  ShapesScope() : before_(CurrentShapes()) { SetCurrentShapes(&shapes_); }
  ~ShapesScope() { SetCurrentShapes(before_); }
  ShapesScope(const ShapesScope&) = delete;
  ShapesScope& operator=(const ShapesScope&) = delete;

  ShapeTable& shapes() { return shapes_; }

 private:
  const ShapeTable* before_;
  ShapeTable shapes_;
};

}  // namespace termstore::test
