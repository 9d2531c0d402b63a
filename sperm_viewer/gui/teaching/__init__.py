<<<<<<< HEAD
"""Review > Teach This Microscope."""
=======
"""Teaching and quality control in the window."""
>>>>>>> main
