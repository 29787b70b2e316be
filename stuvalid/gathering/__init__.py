"""What parents sent, gathered into the class's form: a paper each, in any layout; and the reverse, a form for each child.

Values are copied as they stand, each with the cell it comes from; mending is `fix`'s. Nobody is guessed.
"""
