"""The pane of slides."""
