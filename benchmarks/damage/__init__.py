"""What a damaged sheet still gives, beside what its peers' give: `make bench-damage`."""
