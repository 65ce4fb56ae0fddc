"""Files that hold a conversation: its text as Markdown or HTML, or all of it as JSON."""
