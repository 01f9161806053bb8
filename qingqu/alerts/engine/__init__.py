"""The rules: what a rule is and what it finds, in batch and record by record. Imports no Django."""
