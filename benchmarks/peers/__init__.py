"""What users would take instead: other gateways, run with the configuration that comes nearest."""
