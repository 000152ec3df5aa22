"""The JSON other programs rely on."""
