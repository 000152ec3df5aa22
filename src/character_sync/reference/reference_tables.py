"""The tables of the reference: routes and events from the OpenAPI document, commands from the command line. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

Document = dict[str, Any]

FEW_FIELDS: Final = 7  # an answer of more is named by its schema
USUAL: Final = {  # codes that many routes give for the same reason; docs/rest.md names them once
    *("unauthenticated", "forbidden", "not_found", "invalid_request", "too_many_requests", "database_unavailable"),
}
METHODS: Final = ("get", "post", "put", "patch", "delete")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown; bars inside cells are escaped."""
    head = tuple(head)
    lines = [head, tuple("---" for _ in head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |".replace("  ", " ") for cells in lines)


def tags(document: Document) -> list[str]:
    """Return the first tag of every route, each once, in the document's order."""
    return list(dict.fromkeys(operation["tags"][0] for _, _, operation in _operations(document)))


def routes(document: Document, tag: str) -> str:
    """Return the table of the routes whose first tag this is."""
    return table(
        ("route", "answers", "what it does"),
        (
            (
                _request(document, method, path, operation),
                _answers(document, operation),
                _flat(operation["description"]),
            )
            for method, path, operation in _operations(document)
            if operation["tags"][0] == tag
        ),
    )


def events(document: Document) -> str:
    """Return the table of events, and one of each payload's fields."""
    told = {name: webhook["post"] for name, webhook in document["webhooks"].items()}
    payload = {name: _reference(_json(one["requestBody"])) for name, one in told.items()}
    parts = [
        table(
            ("event", "payload", "when"),
            ((f"`{name}`", f"`{payload[name]}`", _flat(one["description"])) for name, one in told.items()),
        )
    ]
    for name in dict.fromkeys(payload.values()):
        schema = _schema(document, name)
        parts += [f"`{name}`: {_flat(schema['description'])}", _fields(document, schema)]
    return "\n\n".join(parts)


def commands(group: TyperGroup, name: str) -> Iterator[str]:
    """Yield a part for every command: its heading, what it does, its arguments and options."""
    context = typer.Context(group, info_name=name)
    for short in group.list_commands(context):
        command = group.get_command(context, short)
        if isinstance(command, TyperGroup):
            yield f"## {name} {short}"
            yield _flat(command.help or "")
            for deeper in commands(command, f"{name} {short}"):
                yield deeper.replace("## ", "### ", 1) if deeper.startswith("## ") else deeper
        elif command is not None:
            yield f"## {name} {short}"
            yield _flat(command.help or "")
            told = (one for one in command.params if isinstance(one, TyperArgument | TyperOption))
            options = [_option(one, context) for one in told if one.name != "help"]
            if options:
                yield table(("argument or option", "variable", "default", "what it is"), options)


def _option(option: TyperArgument | TyperOption, context: typer.Context) -> tuple[str, str, str, str]:
    name = f"`{option.opts[0]}`" if isinstance(option, TyperOption) else f"`{(option.name or '').upper()}`"
    default = option.get_default(context)
    shown = "required" if option.required else "" if default in (None, False) else f"`{default}`"
    variable = f"`{option.envvar}`" if option.envvar else ""
    return name, variable, shown, _flat(option.help or "")


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method.upper(), path, methods[method]


def _request(document: Document, method: str, path: str, operation: Document) -> str:
    parts = [f"`{method} {path}`"]
    asked = [
        f"{one['name']}{'' if one['required'] else '?'}"
        for one in operation.get("parameters", ())
        if one["in"] == "query"
    ]
    if asked:
        parts.append(f"with `{', '.join(asked)}`")
    headers = [f"`{one['name'].title()}`" for one in operation.get("parameters", ()) if one["in"] == "header"]
    if headers:
        parts.append(f"header {', '.join(headers)}")
    if "requestBody" in operation:
        body = _json(operation["requestBody"])
        parts += [f"`{_shape(document, one, of_request=True)}`" for one in body.get("oneOf", [body])]
    return " ".join(parts)


def _answers(document: Document, operation: Document) -> str:
    good = {status: one for status, one in operation["responses"].items() if status[0] in "23"}
    told = [
        f"{status} `{_shape(document, _json(answer))}`" if _json(answer) else status
        for status, answer in sorted(good.items(), reverse=True)
    ]
    return "; ".join([*told, *_problems(document, operation)])


def _problems(document: Document, operation: Document) -> Iterator[str]:
    """Yield the statuses with the codes that are this route's own."""
    for status, answer in sorted(operation["responses"].items()):
        if "$ref" in answer:
            codes = document["components"]["responses"][_reference(answer)]["description"].split(" or ")
            own = [code for code in codes if code.strip("`") not in USUAL]
            if own:
                yield f"{status} {', '.join(own)}"


def _json(content: Document) -> Document:
    told: Document = content.get("content", {}).get("application/json", {}).get("schema", {})
    return told


def _shape(document: Document, schema: Document, *, of_request: bool = False) -> str:
    """Return an answer's or a body's fields, or the name of its schema where there are many."""
    if "anyOf" in schema:
        return "` or `".join(_shape(document, one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_shape(document, schema['items'])}]"
    name = _reference(schema)
    whole = _schema(document, name)
    fields = whole.get("properties", {})
    if not of_request and (len(fields) > FEW_FIELDS or "enum" in whole):
        return name
    required = whole.get("required", ())
    return "{" + ", ".join(_field(one, told, one in required) for one, told in fields.items()) + "}"


def _field(name: str, told: Document, is_required: bool) -> str:  # noqa: FBT001 - a fact about the field
    if "const" in told:
        return f'{name}: "{told["const"]}"'
    return name if is_required else f"{name}?"


def _fields(document: Document, schema: Document) -> str:
    rows = []
    for name, told in schema["properties"].items():
        optional = "" if name in schema["required"] else "may be missing"
        rows.append((f"`{name}`", _kind(document, told), optional))
    return table(("field", "type", ""), rows)


def _kind(document: Document, told: Document) -> str:
    if "anyOf" in told:
        return " or ".join(_kind(document, one) for one in told["anyOf"] if one.get("type") != "null")
    if "$ref" in told:
        whole = _schema(document, _reference(told))
        if "enum" in whole:
            return f"`{_reference(told)}`"
        required = whole.get("required", ())
        return "`{" + ", ".join(_field(one, kind, one in required) for one, kind in whole["properties"].items()) + "}`"
    return str(told.get("format") or told["type"])


def _reference(schema: Document) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _schema(document: Document, name: str) -> Document:
    whole: Document = document["components"]["schemas"][name]
    return whole


def _flat(text: str) -> str:
    return " ".join(text.split())
