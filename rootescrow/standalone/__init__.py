"""Ways back that need nothing of this package: files to be carried on a medium, imported by nobody."""
