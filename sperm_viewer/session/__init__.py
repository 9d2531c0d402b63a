"""The session file."""
