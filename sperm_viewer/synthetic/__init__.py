"""Synthetic crops and fields, and composites of rendered and real heads."""
