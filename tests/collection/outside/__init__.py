"""A county as a stranger would bring it: built from the published facts with workbook libraries, not from the program."""
