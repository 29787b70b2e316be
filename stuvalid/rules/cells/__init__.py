"""CEL: how a cell is stored and what stray characters it carries.

`stored` is about the kind of the cell, `characters` about what is in its text, `content` about text that says nothing or too much.
"""

from stuvalid.rules.cells import characters, content, stored

__all__ = ["characters", "content", "stored"]
