"""Doorbells over Celery: the message says that there is due work, never which."""
