"""Teaching and quality control in the window."""
