"""Claude's answers over HTTP: what `pip install nbstream[server]` adds."""
