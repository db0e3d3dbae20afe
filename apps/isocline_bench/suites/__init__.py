"""One suite a file: `suite()` returns its tasks."""
