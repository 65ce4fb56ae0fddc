"""One conversation on one event loop: turns, the running reply, its budget and its commands."""
