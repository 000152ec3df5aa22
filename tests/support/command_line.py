"""Whether the command line takes a command, without running it."""

import shlex
from uuid import UUID

import typer.main
from typer.core import TyperGroup

from character_sync.cli import app

PLACEHOLDER = str(UUID(int=1))  # for the ID in `sessions show ID`


def is_understood(command: str) -> None:
    """The command line has it, and takes these arguments and options."""
    words = [PLACEHOLDER if word == "ID" else word for word in shlex.split(command)[1:]]
    found = typer.main.get_command(app)
    while isinstance(found, TyperGroup) and words and not words[0].startswith("-"):
        assert words[0] in found.commands, command
        found = found.commands[words.pop(0)]
    if not isinstance(found, TyperGroup):
        if words:  # without any it is only being named
            found.make_context(command, words)
    elif words:
        assert words[0] in {option for one in found.params for option in one.opts}, command
