"""Where everything is known: settings, wiring, processes and the command line."""
