"""Records of an organisation from files, and to files."""
