"""IDN: identity numbers, and what contradicts them.

`documents` knows the types and their numbers, `numbers` judges a resident's number by itself, `holder` against the rest
of the record, `records` judges record numbers (学籍号).
"""

from stuvalid.rules.identity import documents, holder, numbers, records

__all__ = ["documents", "holder", "numbers", "records"]
