"""The whole image of the current cell, with the outlines of all of its heads."""
