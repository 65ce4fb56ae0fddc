"""One request: its fields as callers write them, their defaults and checks, and the form in which it is sent."""
