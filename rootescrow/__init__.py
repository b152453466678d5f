"""Escrow of a certificate authority's root key: split it onto paper, put it together again, decades later."""

__version__ = "0.1.0"
