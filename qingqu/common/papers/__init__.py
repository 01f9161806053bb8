"""Papers ready to print: described once as a `Paper`, rendered as Word, Excel or a print view."""
