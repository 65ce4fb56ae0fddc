"""Running conversations by id, and their readers."""
