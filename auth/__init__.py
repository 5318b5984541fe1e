"""Who is asking: tokens verified against keys, and the claims that come of it."""
