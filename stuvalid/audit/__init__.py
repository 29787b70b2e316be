"""The yearly audit: what is held, of how many pupils, where it went, until when, and what is overdue."""
