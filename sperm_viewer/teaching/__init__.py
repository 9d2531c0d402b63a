"""Site models: what a laboratory taught on its own verdicts, over the frozen backbone of a shipped model."""
