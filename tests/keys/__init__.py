"""Tests of rootescrow.keys."""
