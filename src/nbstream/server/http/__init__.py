"""HTTP around the streams: authentication, request bodies, limits of connections, and uvicorn."""
