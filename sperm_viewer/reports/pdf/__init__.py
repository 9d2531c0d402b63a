"""The report as PDF, painted with Qt."""
