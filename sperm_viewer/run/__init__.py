"""One run, from request to session and files. The window and the command line share it."""
