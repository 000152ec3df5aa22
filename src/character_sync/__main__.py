"""`python -m character_sync` is `character-sync`."""

from character_sync.cli import main

main()
