"""What the addresses of the power list do, by noun."""
