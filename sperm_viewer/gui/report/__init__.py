"""The report in the window: its samples, sections and pages."""
