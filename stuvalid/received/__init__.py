"""How files come in: folders, archives, standard input; what each is, and what could not be read."""
