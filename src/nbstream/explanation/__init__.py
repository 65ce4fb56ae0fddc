"""The question about the last error: its traceback, its cell and the types of its names, without any secret."""
