"""What happened to a sheet: one slip of a hand behind many findings, tested on the data before it is said."""
