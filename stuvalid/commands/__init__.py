"""One module a command: options in, one call of the library, streams and an exit code out."""
