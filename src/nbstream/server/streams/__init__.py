"""Conversations that are streamed to readers over HTTP, and the registry in which they are found by their ids."""
