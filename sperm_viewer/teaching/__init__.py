"""What a laboratory teaches on its own verdicts over a frozen backbone, and quality control of its control slides."""
