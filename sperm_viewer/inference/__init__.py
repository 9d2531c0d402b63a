"""Models: from a model folder and crops to predictions and heatmaps."""

import os

# The wheels of ONNX Runtime report to their maker unless this is set before they are loaded (their Privacy.md).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
