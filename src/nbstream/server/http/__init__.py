"""HTTP around the streams: authentication, request bodies, connection limits and uvicorn."""
