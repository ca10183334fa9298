"""`python -m jobproc` is the command `jobproc`."""

from jobproc.entrypoints.cli import main

main()
