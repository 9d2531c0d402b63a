"""Frozen values of the domain, and errors. No input or output."""
