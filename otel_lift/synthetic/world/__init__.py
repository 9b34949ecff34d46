"""A made-up world: people, what they agreed to, and what happens to them for some weeks, all from one seed."""

from otel_lift.synthetic.world.days import World
from otel_lift.synthetic.world.options import WorldOptions
from otel_lift.synthetic.world.store import fill, relate

__all__ = ["World", "WorldOptions", "fill", "relate"]
