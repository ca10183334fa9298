"""What travels through Redis or Valkey, and may be lost with it: hints."""
