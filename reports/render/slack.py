"""A digest as the payload of Slack's chat.postMessage, within Slack's limits.

Everything people wrote stands in rich text blocks, where Slack formats, links and mentions nothing by itself; `text`,
which screen readers and notifications use, is the whole digest in plain words.
"""

import json
from typing import Any

from reports.digest import Digest, Item, Section
from reports.render.cells import one_line, shorten
from reports.render.digest import SHOWN, figures, isolate, to_text

MAX_BLOCKS = 50
MAX_TEXT = 10_000
MAX_HEADER = 150
MAX_WORDS = 3_000

Block = dict[str, Any]


def payload(digest: Digest) -> Block:
    """The message; long sections are cut at whole items, and say how many more there are."""
    message: Block = {}
    for shown in (SHOWN, 15, 10, 7, 5, 3, 2, 1):
        text = escape(to_text(digest, width=1000, shown=shown))
        message = {
            "text": text,
            "blocks": _blocks(digest, shown),
            "mrkdwn": False,
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if len(text) <= MAX_TEXT and _length(message["blocks"]) <= MAX_TEXT:
            break
    return message


def render(digest: Digest) -> str:
    """The payload as JSON."""
    return json.dumps(payload(digest), ensure_ascii=False, indent=2) + "\n"


def escape(text: str) -> str:
    """Slack's three control characters, so that `<!channel>` and links in other people's words are only words."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(digest: Digest, shown: int) -> list[Block]:
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": shorten(digest.title, MAX_HEADER), "emoji": False}},
        _context(digest.period),
        _rich([_words(figures(digest) + ".")]),
    ]
    blocks += [_context(note) for note in digest.notes]
    for section in digest.sections:
        blocks += [{"type": "divider"}, *_section(section, shown)]
    return blocks[:MAX_BLOCKS]


def _section(section: Section, shown: int) -> list[Block]:
    elements: list[Block] = [_words(section.title, bold=True), _words("\n")]
    if not section.items:
        return [_rich([*elements, _words(section.empty)])]
    if section.key == "thanks":
        names = ", ".join(isolate(item.before) for item in section.items)
        elements.append(_words(f"{section.lead} {names}."))
        return [_rich(elements), *([_context(section.note)] if section.note else [])]
    if section.lead:
        elements.append(_words(section.lead))
    lines = [_line(item) for item in section.items[:shown]]
    if len(section.items) > shown:
        lines.append({"type": "rich_text_section", "elements": [_words(f"and {len(section.items) - shown} more")]})
    block = _rich(elements)
    block["elements"].append({"type": "rich_text_list", "style": "bullet", "elements": lines})
    return [block, _context(section.note)] if section.note else [block]


def _line(item: Item) -> Block:
    elements = [_words(f"{isolate(item.before)} ")] if item.before else []
    elements.append({"type": "link", "url": item.url, "text": one_line(item.label)} if item.url else _words(item.label))
    elements.append(_words(f": {isolate(item.after)}"))
    return {"type": "rich_text_section", "elements": elements}


def _words(text: str, bold: bool = False) -> Block:
    element: Block = {"type": "text", "text": shorten(text, MAX_WORDS)}
    return {**element, "style": {"bold": True}} if bold else element


def _rich(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "plain_text", "text": shorten(text, MAX_WORDS), "emoji": False}]}


def _length(value: Any) -> int:
    """Characters of all texts and links of a payload."""
    if isinstance(value, dict):
        return sum(
            len(one) if key in ("text", "url") and isinstance(one, str) else _length(one) for key, one in value.items()
        )
    return sum(map(_length, value)) if isinstance(value, list) else 0
