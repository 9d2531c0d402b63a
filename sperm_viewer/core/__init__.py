"""The domain: what a cell, a prediction and a session are. Standard library and numpy only."""
