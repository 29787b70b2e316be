"""What the registry or a platform gives back of what was sent: which failure is whose, at which cell, and what to mend first."""
