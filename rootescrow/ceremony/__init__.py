"""What a ceremony does, an operation a file."""
