"""Review > Teach This Microscope."""
