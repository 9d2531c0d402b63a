"""Site models, taught on a laboratory's own verdicts over a frozen backbone, and quality control."""
