"""The cells as a grid of pictures."""
