"""Structured output: the type that a reply is held to, its schema, and the value that comes of it."""
