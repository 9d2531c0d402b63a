"""Site models, taught on a laboratory's own verdicts over a frozen backbone, and the quality control of its control slides."""
