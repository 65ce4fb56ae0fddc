"""Message content: attachments and prompts as content blocks, and their previews."""
