"""Every port within one process: for fast tests, and for a service that stores nothing."""
