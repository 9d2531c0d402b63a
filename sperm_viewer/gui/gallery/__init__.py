"""The cells as a grid of images."""
