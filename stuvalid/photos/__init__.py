"""Photos: checking pictures against a specification and the roster, and making those the registry accepts."""
