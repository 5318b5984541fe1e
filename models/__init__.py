"""What is stored: declared once, classified, described."""
