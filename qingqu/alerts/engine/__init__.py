"""The rules themselves: what they are, what they find, in batch and record by record. Knows no Django."""
