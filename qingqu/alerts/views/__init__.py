"""Pages of warnings and of indicators."""
