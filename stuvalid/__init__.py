"""stuvalid checks, repairs and packages what schools submit to the national student registry."""

__version__ = "0.1.0"
