"""Everything that is said of itself by a process, as lines."""
