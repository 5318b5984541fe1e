"""What is shown of the walls: the database examined, the service attacked."""
