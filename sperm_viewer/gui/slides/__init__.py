"""The pane with the slides."""
