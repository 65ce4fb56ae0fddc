"""The conversation as the saved notebook and `to_markdown` have it: Markdown that is safe in every renderer."""
