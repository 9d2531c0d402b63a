"""Synthetic crops and fields."""
