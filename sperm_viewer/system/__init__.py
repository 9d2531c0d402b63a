"""The computer: paths, settings, files, processes."""
