"""What takes longer than `make test` may."""
