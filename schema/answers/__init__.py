"""The root fields whose answers are computed from many records at once."""
