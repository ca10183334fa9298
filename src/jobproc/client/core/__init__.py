"""What a client says and understands, written once for the blocking and the concurrent client."""
