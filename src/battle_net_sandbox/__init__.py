"""A sandbox Battle.net: OAuth and the World of Warcraft profile API, played on loopback.

It answers with Battle.net's own paths, headers, status codes and bodies, quirks included, from a small made-up world
that is the same for the same seed. It shares no code with the service it is used to try, so that it cannot share its
mistakes. Start it with `python -m battle_net_sandbox` or, inside a program, `battle_net_sandbox.server.running_sandbox`.
"""
