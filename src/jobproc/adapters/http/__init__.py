"""The REST API: presenters over the use-cases, and nothing that decides."""
