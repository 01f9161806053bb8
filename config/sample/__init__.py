"""A fictional school in the middle of its campaign: the same on every machine, so that every page has something to show."""
