"""What the commands that use a service do; their parameters are in `jobproc.entrypoints.client`."""
