"""What can be asked of jobproc, and what is needed to answer it."""
