"""What is wrong with a perimeter: rules as data, by what they are about."""
