"""What clients see, derived from the description."""
