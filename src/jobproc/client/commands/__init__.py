"""The client's part of the command `jobproc`: what is imported for each of its starts loads nothing but typer."""
