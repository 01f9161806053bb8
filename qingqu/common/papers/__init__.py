"""Papers that need no retouching: described once as a `Paper`, given as Word, Excel or a print view."""
