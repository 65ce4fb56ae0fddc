"""The HTTP layer of the server: authentication, request bodies, limits of connections, and uvicorn."""
