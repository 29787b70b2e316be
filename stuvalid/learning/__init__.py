"""Drafting a form's TOML from the blank that an authority issued."""
