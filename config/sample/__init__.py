"""A fictional school in the middle of its campaign, the same on every machine."""
