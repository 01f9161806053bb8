"""The pages of the organisation, by noun."""
