"""What happened, counted; and the counts as text for Prometheus."""
