"""Fakes of ports."""
