"""Drift: attributes that were clean and begin to carry personal data."""
