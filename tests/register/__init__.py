"""Tests of rootescrow.register."""
