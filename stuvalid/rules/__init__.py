"""The rules: one module per family, named by the prefix of its ids (see `registry.FAMILIES`)."""
