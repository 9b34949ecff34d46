"""Fuzzing of the native modules against their pure twins; see README.md."""
