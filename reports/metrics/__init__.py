"""One question a file. Being in this folder is the registration: every door lists what is here."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from reports.question import Question


@cache
def questions() -> dict[str, Question]:
    """Name -> question, in order of name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {module.QUESTION.name: module.QUESTION for module in sorted(modules, key=lambda m: str(m.QUESTION.name))}


def definition(question: Question) -> str:
    """The exact definition: the docstring of the question's file without its first line."""
    module = import_module(f"{__name__}.{question.name}")
    return (module.__doc__ or "").partition("\n")[2].strip()
