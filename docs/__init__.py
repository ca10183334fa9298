"""The documentation, and what draws its generated parts."""
