"""How do blocks become HTML? Templates with autoescape on; links relative to the page, so that files open from disk."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.dashboard.blocks import safe_url
from reports.render.cells import many, one_line


@cache
def environment() -> Environment:
    """The templates of this folder. Everything that is not a template is escaped."""
    made = Environment(
        loader=PackageLoader("reports.dashboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["one_line"] = one_line
    made.filters["breakable"] = lambda words: Markup(str(escape(words)).replace("/", "/<wbr>"))  # noqa: S704 - escaped
    made.filters["many"] = many
    made.filters["prose"] = _prose
    made.filters["safe_url"] = safe_url
    return made


def _prose(text: str) -> Markup:
    """Our own definitions: `names` as code and *words* stressed."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"\*(\w+)\*", r"<em>\1</em>", marked))  # noqa: S704 - escaped above


def render(template: str, page: str, **context: Any) -> str:
    """A page at `page`, a path inside the site."""
    root = "../" * page.count("/")

    def to(path: str) -> str:
        """A link from this page: outward ones as they are, others relative to the page."""
        return path if path.startswith(("http://", "https://")) else f"{root}{path}"

    return environment().get_template(template).render(page=page, root=root, to=to, **context)
