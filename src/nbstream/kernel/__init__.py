"""Threads, event loops and ipykernel: where replies run, and how messages and interrupts reach them."""
