"""Character Sync: World of Warcraft characters from Battle.net, kept true, watched live."""

__version__ = "0.1.0"
