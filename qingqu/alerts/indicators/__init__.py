"""The indicators of a school: what is shipped, what it made itself, its values, versions and their approval."""
