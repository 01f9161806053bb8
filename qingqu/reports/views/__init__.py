"""Pages of the reports, by noun."""
