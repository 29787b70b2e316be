"""Who has sent what: one line a school, those to be telephoned first."""
