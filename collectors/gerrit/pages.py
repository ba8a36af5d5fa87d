"""What kind of web page came where Gerrit's data should have come."""

import re
from enum import Enum
from html import unescape


class Page(Enum):
    """What answered."""

    GERRIT = "Gerrit's own web interface"
    LOGIN = "a login page"
    BETWEEN = "a proxy, a firewall or the sign-in page of a network"
    OTHER = "some web page"


_GERRIT = re.compile(r"PolyGerrit|<gr-app|gerrit_ui", re.I)
_SURELY_BETWEEN = re.compile(r"captive|hotspot|squid|zscaler|blue ?coat|web ?filter|web ?gateway|fortigate", re.I)
_LOGIN = re.compile(
    r"""type=["']?password|<form[^>]*(login|signin|sso)|SAMLRequest|openid|sign[ -]?in|log[ -]?in|logon|single sign""",
    re.I,
)
_BETWEEN = re.compile(r"\bproxy\b|firewall|access (to .{0,60} )?(is |was |has been )?(denied|blocked)|blocked by", re.I)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.I | re.S)
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.I | re.S)


def is_page(text: str, content_type: str) -> bool:
    """Whether it is HTML, by its looks or by what it says it is."""
    return text.lstrip("\ufeff \t\r\n").startswith("<") or "html" in content_type.lower()


def recognize(text: str) -> Page:
    """The kind of a page, by the words such pages use. Surer signs go first."""
    for page, sign in (
        (Page.GERRIT, _GERRIT),
        (Page.BETWEEN, _SURELY_BETWEEN),
        (Page.LOGIN, _LOGIN),
        (Page.BETWEEN, _BETWEEN),
    ):
        if sign.search(text):
            return page
    return Page.OTHER


def headline(text: str) -> str:
    """What a page is about: its title, else what can be read of it."""
    title = _TITLE.search(text)
    return unescape(title[1]).strip() if title and title[1].strip() else unescape(_UNSEEN.sub(" ", text)).strip()


def leads_to_login(path: str) -> bool:
    """Whether an address sounds like one to sign in at."""
    return bool(re.search(r"log[-_]?in|sign[-_]?in|logon|\bsso\b|saml|oauth|openid|/auth\b|/idp\b|/cas\b", path, re.I))
