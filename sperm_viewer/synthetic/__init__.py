"""Synthetic crops, fields and the demo slide."""
