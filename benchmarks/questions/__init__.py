"""How long the named queries take over many events of a made-up world."""
