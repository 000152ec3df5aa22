"""What the command line does: run the programs, look into a set-up, change and explain, sync in a terminal."""
