"""One reply of Claude: its requests, the events that it is built from, and exactly one end."""
