"""The run of a batch: which row is asked when, what it costs, and the file that remembers the answers."""
