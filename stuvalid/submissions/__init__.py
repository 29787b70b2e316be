"""Between submissions: what was mended since the last one, and what was explained once and for all."""
