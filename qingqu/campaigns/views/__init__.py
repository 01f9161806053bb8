"""The pages of a year's work, by noun."""
