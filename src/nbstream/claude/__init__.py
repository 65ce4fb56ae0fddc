"""The Claude API: the client, its errors, models, prices and usage."""
