"""Every object of a live database, decided."""
