"""The only way to the data: every statement is bound to one organisation."""
