"""The path of a request as our routes know it: without what a site has mounted us at."""

from collections.abc import Mapping
from typing import Any


def own_path(scope: Mapping[str, Any]) -> str:
    """Return a scope's path below its `root_path`, as the router sees it; `/` for the mount itself.

    Whoever compares paths has to ask this: `scope["path"]` is the whole one, and a rule for `/api/` would not hold where
    we are mounted at `/character-sync`.
    """
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] or "/" if path == root or path.startswith(f"{root}/") else path
