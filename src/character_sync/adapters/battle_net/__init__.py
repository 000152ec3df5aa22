"""The anti-corruption layer for Battle.net: its words end here."""
