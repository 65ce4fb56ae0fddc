"""The model and the wire: plain data and decisions, without I/O, clock or framework."""
