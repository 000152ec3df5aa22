"""A Battle.net to develop, demo and test against. It knows nothing of Character Sync."""
