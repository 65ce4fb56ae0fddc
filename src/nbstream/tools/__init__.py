"""The user's functions: their schemas, their calls and their results."""
