"""Organisations to try the service with: what they use, what it may do, what goes wrong there."""
