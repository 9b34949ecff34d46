"""The load: connections that cost the machine little, and the process that drives them."""
