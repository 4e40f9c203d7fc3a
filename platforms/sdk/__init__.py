"""Client packages: one file for each family, with what is wanted of them and the rules that read it."""
