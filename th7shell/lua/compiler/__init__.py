"""From Lua source to Python code: lexer, parser, scopes and types, emission."""
