"""What a laboratory takes away: a session as CSV, XLSX, HTML and PDF."""
