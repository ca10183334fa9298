"""The container library without its wiring into web frameworks, which loads every one of them that it finds."""

import sys

# A worker holds none of them otherwise, and they are a fifth of its start.
FRAMEWORKS = ("fastapi", "starlette", "werkzeug")

_hidden = [name for name in FRAMEWORKS if name not in sys.modules]
# By Python's reference on the import system, None makes an import fail: they count as not installed.
sys.modules.update(dict.fromkeys(_hidden))  # type: ignore[arg-type]
try:
    from dependency_injector import containers as containers
    from dependency_injector import providers as providers
finally:
    for _name in _hidden:
        del sys.modules[_name]
