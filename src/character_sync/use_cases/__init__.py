"""The things a player or a worker asks for, one file each."""
