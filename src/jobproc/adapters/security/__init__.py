"""Signed tokens and slow password hashes."""
