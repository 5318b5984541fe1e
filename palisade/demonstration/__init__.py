"""Two organisations to try the service with: what they use, what it may do, what happened."""
