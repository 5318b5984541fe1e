"""What the perimeter tells of itself: answers that are computed from its records."""
