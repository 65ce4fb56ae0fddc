"""Fuzzer of the saved Markdown: random hostile texts through the renderers of other programs."""
