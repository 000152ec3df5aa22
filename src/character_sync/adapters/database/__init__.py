"""SQL ends here: tables, statements, migrations, the token vault."""
