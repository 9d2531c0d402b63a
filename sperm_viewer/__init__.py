"""Sperm Viewer: scores sperm heads and shows what the model looked at. Research use only."""

__version__ = "0.1.0"
