"""Looks for secrets in what a service leaves behind, in the forms in which they could have got there."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

SHORTEST = 8  # bytes; a shorter word is found by chance in a database file


def forms(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the ways in which a secret could be written, with their names."""
    yield "as it is", secret
    yield "in hex", secret.hex().encode()
    yield "in HEX", secret.hex().upper().encode()
    yield "for an address", quote(secret, safe="").encode()
    yield "escaped for JSON", secret.replace(b"/", b"\\/")
    for before in range(3):  # inside a longer text its base64 depends on what stands before it
        encoded = b64encode(b"\0" * before + secret)
        inside = encoded[(before * 8 + 5) // 6 : (before + len(secret)) * 8 // 6]
        yield f"in base64, after {before}", inside
        yield f"in base64 for addresses, after {before}", inside.replace(b"+", b"-").replace(b"/", b"_")


@dataclass
class Evidence:
    """What a run left, by name, and the secrets that must not be in it."""

    artefacts: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: bytes | str) -> None:
        self.artefacts[name] = self.artefacts.get(name, b"") + (
            content.encode() if isinstance(content, str) else content
        )

    def plant(self, name: str, secret: str) -> None:
        assert len(secret) >= SHORTEST, name
        self.secrets[name] = secret.encode()

    def plant_key(self, name: str, key: str) -> None:
        """A key as the setting has it: the text, and the bytes it stands for."""
        material = key.partition(":")[2]
        self.plant(name, material)
        self.secrets[f"{name}, its bytes"] = b64decode(material)

    def hits(self) -> list[str]:
        """Say what was found where."""
        return [
            f"{secret} {form} in {artefact}"
            for secret, value in self.secrets.items()
            for form, written in dict(forms(value)).items()
            for artefact, content in self.artefacts.items()
            if written in content
        ]

    @property
    def size(self) -> int:
        return sum(map(len, self.artefacts.values()))
