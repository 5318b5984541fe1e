"""Attacks made from the schema, on a running service."""
