"""What guards the way in."""
