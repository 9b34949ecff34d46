"""Measurements of the gateway: CPU-seconds per million records, by stage and by process. Never run as tests."""
