"""The Slack message of a digest: valid against Slack's published limits, checked here independently of the renderer."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.main import main
from reports.digest import Digest, Item, Section
from reports.question import Asked
from reports.render.digest import to_markdown, to_text
from reports.render.slack import payload
from reports.scope import Scope
from tests.test_cli import sample

__all__ = ["sample"]

HOSTILE = "<!channel> & <@U123> @here *bold* _x_ `code` <https://evil.example|click> <b>"


def check_text(element: dict[str, Any], limit: int) -> None:
    assert element["type"] == "plain_text"
    assert 1 <= len(element["text"]) <= limit


def check_rich(element: dict[str, Any]) -> None:
    kinds = {"rich_text_section": ("text", "link"), "rich_text_list": ("rich_text_section",)}
    assert element["type"] in kinds
    assert element["elements"]
    if element["type"] == "rich_text_list":
        assert element["style"] in ("bullet", "ordered")
    for one in element["elements"]:
        assert one["type"] in kinds[element["type"]]
        if one["type"] == "rich_text_section":
            check_rich(one)
        else:
            assert one["text"]
            assert len(one["text"]) <= 3000
        if one["type"] == "link":
            assert one["url"].startswith("https://")
            assert len(one["url"]) <= 3000


def check_payload(message: dict[str, Any]) -> None:
    """Slack's limits: 50 blocks, header 150, context 10 elements; text under 40,000 and, as we want it, under 10,000."""
    assert 1 <= len(message["blocks"]) <= 50
    assert 1 <= len(message["text"]) <= 10_000
    assert len(json.dumps(message["blocks"])) < 100_000
    assert (message["unfurl_links"], message["unfurl_media"], message["link_names"]) == (False, False, False)
    for block in message["blocks"]:
        match block["type"]:
            case "header":
                check_text(block["text"], 150)
            case "context":
                assert 1 <= len(block["elements"]) <= 10
                for element in block["elements"]:
                    check_text(element, 3000)
            case "rich_text":
                for element in block["elements"]:
                    check_rich(element)
            case other:
                assert other == "divider"


def digest(items: int, words: str) -> Digest:
    item = Item("", "project 12", "https://review.example.org/c/project/+/12", words, {})
    section = Section("merged", "Merged", f"{items} changes.", [item] * items, "Nothing merged.", "A note.")
    return Digest(
        "The week", "2026-06-01 to 2026-06-07", Asked(0, 1, Scope((), (), "")), [("merged", 1, 2)], [section] * 5, []
    )


@pytest.mark.parametrize("week", ["2026-W23", "2019-W10", "2010-W01"])
def test_the_message_of_a_real_week_is_valid(sample: Path, week: str) -> None:
    run = CliRunner().invoke(main, ["--config", str(sample), "digest", "--week", week, "--format", "slack"])
    assert run.exit_code == 0, run.output
    check_payload(json.loads(run.stdout))


@pytest.mark.parametrize(
    ("items", "words"), [(0, ""), (1, "x"), (20, HOSTILE), (400, "long " * 60), (3, "w" * 5000), (30, "名" * 300)]
)
def test_any_digest_is_valid(items: int, words: str) -> None:
    check_payload(payload(digest(items, words)))


def test_nothing_is_cut_without_saying_so() -> None:
    message = json.dumps(payload(digest(400, "long " * 60)))
    assert "more" in message
    shown = message.count('"project 12"') // 5
    assert f"and {400 - shown} more" in message


def test_other_peoples_words_are_only_words() -> None:
    message = payload(digest(2, HOSTILE))
    assert "<" not in message["text"].replace("&lt;", "")
    assert (message["mrkdwn"], message["parse"]) == (False, "none")
    assert all(block["type"] != "section" for block in message["blocks"])
    markdown = to_markdown(digest(1, HOSTILE))
    for raw in ("<!channel>", "*bold*", "`code`", "<https", "@here", "<b>"):
        assert raw not in re.sub(r"\\.", "", markdown)


def test_right_to_left_names_are_fenced_in() -> None:
    arabic = replace(digest(1, "x"), sections=[Section("thanks", "Thanks", "", [Item("ريحان", "", "", "", {})], "")])
    assert "\u2068ريحان\u2069" in to_text(arabic)
    assert "\u2068" not in to_text(digest(1, "Łukasz Čeh"))


def test_the_accessible_text_holds_every_line_that_is_shown() -> None:
    made = payload(digest(7, "some words"))
    assert made["text"].count("https://review.example.org/c/project/+/12") == 35
