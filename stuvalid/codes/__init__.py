"""Code lists of the field: one CSV a list in ``lists/``, look-up, and what a wrong spelling may mean."""

from stuvalid.codes.lists import CodeList, Entry, Match, list_ids, load
from stuvalid.codes.lookup import Hit, lookup

__all__ = ["CodeList", "Entry", "Hit", "Match", "list_ids", "load", "lookup"]
