"""What rootescrow costs in time and memory, beside its peers, measured in one run: `make bench`."""
