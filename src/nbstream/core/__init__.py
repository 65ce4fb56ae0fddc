"""The ground floor: plain data and decisions, no I/O, no clock, no framework."""
