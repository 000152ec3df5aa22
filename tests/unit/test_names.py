"""One name, one meaning: public classes of the service that share a name have a reason to."""

import ast
from collections import defaultdict

from character_sync.client import errors as clients
from character_sync.domain import errors
from character_sync.reference.docs_pages import CHECKOUT

SOURCE = CHECKOUT / "src/character_sync"
SHARED = {
    "Answer": "what we say, and what the shared budget's script says: the second stays beside its script",
    "Named": "a name in our JSON, and one in Battle.net's, which ends in its folder",
    "Outcome": "of a due time, and of a request to Battle.net: operators' words, never met in one file",
    "StartSync": "the request, and what a schedule calls instead",
}


def test_no_two_public_classes_share_a_name_without_a_reason() -> None:
    modules = defaultdict(list)
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].append(file.relative_to(SOURCE).as_posix())
    shared = {name for name, where in modules.items() if len(where) > 1}
    # The client's errors are the service's, as its caller meets them: the same names on purpose.
    mirrored = {name for name in shared if hasattr(clients, name) and hasattr(errors, name)}
    assert shared - mirrored == set(SHARED)
