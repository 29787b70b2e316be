"""Lists of pupils held against one another: the registry against the room, last year against this one."""
