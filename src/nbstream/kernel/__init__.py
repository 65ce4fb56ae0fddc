"""Threads, event loops and ipykernel: where replies run and how a kernel is heard and interrupted."""
