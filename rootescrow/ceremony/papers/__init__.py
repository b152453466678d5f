"""The papers of a ceremony, one file a document."""
