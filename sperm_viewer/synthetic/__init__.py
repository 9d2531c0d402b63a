"""Synthetic crops, fields and the demo slide, and composites of rendered and real heads."""
