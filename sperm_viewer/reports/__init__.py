"""Reports on a session as CSV, XLSX, HTML and PDF."""
