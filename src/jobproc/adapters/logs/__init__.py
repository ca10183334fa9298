"""What operators may see, as lines."""
