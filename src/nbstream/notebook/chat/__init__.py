"""A chat in the notebook: the widget that users work with, and its session with pages, outputs and the kernel."""
