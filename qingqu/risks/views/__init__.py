"""Pages and acts of risk points and their measures."""
