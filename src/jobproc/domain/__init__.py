"""What is true of jobs, users and operations: the standard library and nothing else."""
