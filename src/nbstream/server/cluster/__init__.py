"""Streams shared by several workers through Redis."""
