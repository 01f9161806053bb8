"""What other values would have found, before they apply."""
