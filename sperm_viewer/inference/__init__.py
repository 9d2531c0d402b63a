"""Models: from a model folder and crops to predictions and heatmaps."""
