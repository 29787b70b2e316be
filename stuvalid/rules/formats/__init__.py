"""FMT: how numbers, phones, codes and names are written."""

from stuvalid.rules.formats import codes, names, phones

__all__ = ["codes", "names", "phones"]
