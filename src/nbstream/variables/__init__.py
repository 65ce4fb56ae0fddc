"""The notebook's variables as a user knows them: their names, types and shapes, read without running user code."""
