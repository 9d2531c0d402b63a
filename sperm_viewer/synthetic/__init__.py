"""Synthetic images with exact truth: rendered heads, and composites of rendered and real heads."""
