"""The benchmark: how fast the product is with many risk points, measured in a database of its own (`qingqu bench`)."""
