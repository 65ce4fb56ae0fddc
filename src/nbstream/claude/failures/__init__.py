"""Failures of a reply: the SDK's exceptions, sentences for users, and the refusals that lead to another try."""
