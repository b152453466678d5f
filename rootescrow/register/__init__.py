"""What an escrow folder holds: the record of what was made, and the one place where files are written."""
