"""Chaos: real processes killed, frozen and starved, and a checker that judges what clients saw."""
