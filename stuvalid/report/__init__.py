"""One renderer a file; each takes Findings and a Wording and returns or writes text."""
