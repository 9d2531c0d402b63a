"""The selected cell, large."""
