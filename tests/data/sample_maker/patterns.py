"""The patterns by which ids, addresses and hosts are found, and the lines that the server and CI systems write."""

from __future__ import annotations

import re

HEX_RUN = re.compile(r"(?<![0-9A-Za-z])(I?)([0-9a-f]{7,40})(?![0-9A-Za-z])")
ACCOUNT_REF = re.compile(r"(Gerrit User |GERRIT_ACCOUNT_)(\d+)")
# Not an address: an instance of a systemd unit, such as ``power-on@0.service``.
EMAIL = re.compile(
    r"[\w.+-]+@(?![\w.-]*\.(?:conf|mount|path|service|socket|target|timer)(?![\w.-]))[\w-]+(?:\.[\w-]+)+"
)
URL_HOST = re.compile(r"\b(https?://)([\w.-]+)(:\d+)?")
BARE_HOST = re.compile(r"(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|dev|io|net|org|xyz)(?![\w-])")

VOTE = r"(?:-[A-Z][\w-]*|[A-Z][\w-]*[+-]\d+)"
FIRST_LINES = re.compile(
    rf"""(?:
    Uploaded\ patch\ set\ \d+(?:\.|:\ (?:Patch\ Set\ \d+\ was\ rebased(?:\.\ Commit\ message\ was\ updated)?
        |Commit\ message\ was\ (?:updated|edited)
        |New\ patch\ set\ was\ added\ with\ same\ [a-z, ]+\ as\ Patch\ Set\ \d+)\.)
    | Patch\ Set\ \d+:(?:\ {VOTE})*
    | Patch\ Set\ \d+:\ (?:Patch\ Set\ \d+\ was\ rebased(?:\ on\ behalf\ of\ <GERRIT_ACCOUNT_\d+>)?\.?
        |Commit\ message\ was\ updated\.?|Published\ edit\ on\ patch\ set\ \d+\.?
        |Cherry\ Picked(?:\ from\ branch\ \S+)?\.?)
    | Change\ has\ been\ successfully\ (?:merged|pushed|rebased)\.?
    | Change\ has\ been\ successfully\ rebased\ and\ submitted\ as\ [0-9a-f]{{40}}
    | Abandoned | Restored | Reverted | Set\ (?:Work\ In\ Progress|Ready\ For\ Review|private) | Unset\ private
    | Created\ a\ revert\ of\ this\ change\ as\ I?[0-9a-f]+
    | Removed\ (?:reviewer|cc)\ <GERRIT_ACCOUNT_\d+>(?:\.|\ with\ the\ following\ votes:)
    | Removed\ the\ following\ votes:
    | Unspecified\ merge\ failure:\ \w+
    )\s*""",
    re.X,
)
TOPIC_LINES = re.compile(
    r"(Topic set to |Topic (?=.* removed$)|Topic changed from |Hashtags? added: |Hashtags? removed: )(.*)"
)
NAME = r"(?P<name>.+?)"
NAME_LINES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<before>Change has been successfully merged (?:into the git repository )?by ){NAME}(?P<after>\.?)",
        rf"(?P<before>Change has been successfully (?:cherry-picked|rebased.*) as \w+ by ){NAME}(?P<after>)",
        rf"(?P<before>Removed (?:reviewer|cc) ){NAME}(?P<after>\.| with the following votes:)",
        rf"(?P<before>Removed {VOTE} by ){NAME}(?P<after>)",
        rf"(?P<before>\* {VOTE} by ){NAME}(?P<after>)",
        rf"(?P<before>Assignee (?:added|removed|deleted): ){NAME}(?P<after>)",
    )
)
DESCRIPTION_SET = re.compile(r'(Description of patch set \d+ set to ")(.*)"')
ASSIGNEE_CHANGED = re.compile(r"Assignee changed from: (.+) to: (.+)")
SERVER_LINES = re.compile(
    r"""(?:
    \(\d+\ comments?\)
    | (?:Copied|Outdated)\ Votes: | Copied\ votes\ on\ follow-up\ patch\ sets\ have\ been\ updated:
    | The\ following\ (?:files\ contain\ Git\ conflicts|approvals\ got\ outdated\ and\ were\ removed):
    | \d+\ is\ the\ latest\ approved\ patch-set\.
    | No\ files\ were\ changed\ between\ the\ latest\ approved\ patch-set\ and\ the\ submitted\ one\.
    | This\ change\ is\ ready\ for\ review\.
    )\s*""",
    re.X,
)
CI_LINES = re.compile(
    r"(?:User (?:not )?approved, .*CI.*|Build (?:Successful|Failed|Aborted)|Build Started https?://\S+"
    r"|Build (?:succeeded|failed)(?: \(\w+ pipeline\))?\.|https?://\S+ : [A-Z]+(?: in .*)?|Starting [a-z-]+ jobs\.)\s*"
)
LIST_ITEM = re.compile(rf"\* (?:{VOTE}(?:, {VOTE})*(?: \(copy condition: .*\))?|\S+)")
CI_COMMAND = re.compile(
    r"(\s*(?:/?(?:recheck|reverify|regate|retest)|check[ -](?:experimental|rdo|tripleo)|ok to test|test this please)\b)"
    r"(.*)",
    re.I,
)
EVENT_SUBJECT = re.compile(r"(?:Create|Update) (?:change|patch set \d+)|Final NoteDb migration updates")
ATTENTION_REASON = re.compile(
    r"(?P<before>(?:(?:Added|Removed) by )?)(?!Someone else)(?P<name>.+?)"
    r"(?P<after> replied on the change| (?:by clicking the attention icon|using the hovercard menu))"
)
# Places in which the server names the author of the event itself, perhaps by a former name.
OWN_NAME = re.compile(
    r'"reason":"(?:(?:Added|Removed) by )?(?!Someone else|[\\<])([^"]+?) '
    r"(?:replied on the change|by clicking the attention icon|using the hovercard menu)"
    r"|^Change has been successfully merged (?:into the git repository )?by (.+)$",
    re.M,
)
