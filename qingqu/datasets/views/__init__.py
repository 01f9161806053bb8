"""Pages of the tables and of what is brought into them."""
