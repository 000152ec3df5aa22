"""The rules, as plain data and functions: no I/O, standard library only."""
