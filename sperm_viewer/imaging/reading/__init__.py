"""Image files to RGB, safely."""
