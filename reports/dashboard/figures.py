"""How is each table drawn? Plotly figures as plain dictionaries, made of nothing but the table's rows.

Colours are names of the style sheet's variables, `var(--...)`: the page's script fills them in for light, dark and paper.
Plotly reads simple markup in its texts, so everybody's words are escaped for it.
"""

from html import escape
from typing import Any

from reports.dashboard.tables import VALUES
from reports.metrics.waiting import ON
from reports.period import DAY, day
from reports.question import Answer, Row
from reports.render.cells import one_line
from reports.render.digest import isolate

Plot = dict[str, Any]

VALUE_NAMES = dict(zip(VALUES, ("−2", "−1", "0", "+1", "+2"), strict=True))
VALUE_COLOURS = {name: f"var(--value-{name})" for name in VALUES}
TURN_COLOURS = {on: f"var(--turn-{on})" for on in ON}
WEEK_MS = 7 * 86_400_000

HEATMAP_PEOPLE = 40
"""Rows of the heatmap at most: those with the most reviews, by name."""

HEATMAP_TOP, HEATMAP_ROW = 44, 26
"""Heights in pixels: of the dates above the rows, and of a row."""


def stacked_reviews(table: Answer) -> Plot:
    """Bars of −2 −1 0 +1 +2 a week."""
    data = [
        {
            "type": "bar",
            "name": VALUE_NAMES[name],
            "x": [row["monday"] for row in table.rows],
            "y": [row[name] for row in table.rows],
            "marker": {"color": VALUE_COLOURS[name], "line": {"width": 0}},
            "width": 0.82 * WEEK_MS,
            "hovertemplate": "%{y}",
        }
        for name in VALUES
    ]
    return {
        "data": data,
        "layout": _layout(
            table, barmode="stack", yaxis=_axis("reviews", max((row["reviews"] for row in table.rows), default=0))
        ),
    }


def flow(table: Answer) -> Plot:
    """Created, merged and abandoned a week above, the open queue below."""
    weeks = [row["monday"] for row in table.rows]
    data: list[Plot] = [
        {
            "type": "bar",
            "name": name,
            "x": weeks,
            "y": [row[name] for row in table.rows],
            "marker": {"color": f"var(--flow-{name})", "line": {"width": 0}},
            "width": 0.25 * WEEK_MS,
            "hovertemplate": "%{y}",
        }
        for name in ("created", "merged", "abandoned")
    ]
    data.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "open at the week’s end",
            "x": weeks,
            "y": [row["open"] for row in table.rows],
            "yaxis": "y2",
            "line": {"color": "var(--flow-open)", "width": 2},
            "marker": {"size": 5},
            "hovertemplate": "%{y}",
        }
    )
    busiest = max(row[name] for row in table.rows for name in ("created", "merged", "abandoned"))
    layout = _layout(
        table, barmode="group", bargap=0.25, yaxis={**_axis("changes a week", busiest), "domain": [0.46, 1]}
    )
    layout["yaxis2"] = {**_axis("open", max(row["open"] for row in table.rows)), "domain": [0, 0.36], "anchor": "x"}
    layout["xaxis"]["anchor"] = "y2"
    return {"data": data, "layout": layout}


def waiting_ages(table: Answer) -> Plot:
    """How many changes wait how long, stacked by whose turn it is."""
    data = [
        {
            "type": "bar",
            "name": f"on {'CI' if on == 'ci' else on}",
            "x": [row["age"] for row in table.rows],
            "y": [row[on] for row in table.rows],
            "marker": {"color": TURN_COLOURS[on], "line": {"width": 0}},
            "hovertemplate": "%{y}",
        }
        for on in ON
    ]
    layout = _layout(
        table, barmode="stack", bargap=0.3, yaxis=_axis("open changes", max(row["changes"] for row in table.rows))
    )
    layout["xaxis"] = {
        "type": "category",
        "automargin": True,
        "fixedrange": True,
        "tickangle": 0,
        **_lines(),
        "showgrid": False,
    }
    return {"data": data, "layout": layout}


def response_band(table: Answer) -> Plot:
    """Median days to the first response by week, with the band between the quartiles; a gap where nothing was answered."""
    weeks = [row["monday"] for row in table.rows]
    quartile: dict[str, list[float | None]] = {
        name: [None if row[f"{name}_hours"] is None else round(row[f"{name}_hours"] / 24, 3) for row in table.rows]
        for name in ("q1", "median", "q3")
    }
    band = {
        "type": "bar",
        "width": 0.82 * WEEK_MS,
        "name": "middle half of the changes",
        "x": weeks,
        "y": [None if low is None or high is None else round(high - low, 3) for low, high in _pairs(quartile)],
        "base": [low or 0 for low in quartile["q1"]],
        "marker": {"color": "var(--band)", "line": {"width": 0}},
        "customdata": [[low, high] for low, high in _pairs(quartile)],
        "hovertemplate": "%{customdata[0]:.1f} to %{customdata[1]:.1f} days",
    }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "median",
        "x": weeks,
        "y": quartile["median"],
        "line": {"color": "var(--accent)", "width": 2},
        "marker": {"size": 6},
        "hovertemplate": "%{y:.1f} days",
    }
    return {"data": [band, line], "layout": _layout(table, bargap=0.15, yaxis=_axis("days", None))}


def heatmap(table: Answer) -> Plot:
    """A row for each reviewer, a column for each week, by name; the deeper the colour, the more reviews."""
    people = _people(table)
    weeks = {week: place for place, week in enumerate(_weeks(table))}
    counts: list[list[int | None]] = [[None] * len(weeks) for _ in people]
    hovers = [[""] * len(weeks) for _ in people]
    place_of = {row["person_id"]: place for place, row in enumerate(people)}
    for row in table.rows:
        if row["person_id"] in place_of:
            at = place_of[row["person_id"]], weeks[row["monday"]]
            counts[at[0]][at[1]] = row["reviews"]
            hovers[at[0]][at[1]] = f"{plotly_text(row['person'], 60)}<br>{row['week']}: {_values(row)}"
    cells = {
        "type": "heatmap",
        "x": [f"{day(edge)}T12:00" for edge in _edges(table)],
        "y": list(range(len(people))),
        "z": counts,
        "text": hovers,
        "hovertemplate": "%{text}<extra></extra>",
        "texttemplate": "%{z}",
        "zmin": 0,
        "xgap": 2,
        "ygap": 2,
        "colorscale": [[0, "var(--heat-0)"], [0.5, "var(--heat-1)"], [1, "var(--heat-2)"]],
        "showscale": False,
        "hoverongaps": False,
    }
    axis = {
        "tickvals": list(range(len(people))),
        "ticktext": [plotly_text(row["person"], 26) for row in people],
        "autorange": "reversed", "automargin": True, "fixedrange": True, "gridcolor": "var(--grid)", "zeroline": False, "ticks": "",
    }  # fmt: skip
    layout = _layout(table, yaxis=axis, hovermode="closest")
    del layout["xaxis"]["title"]
    layout["margin"] = {**layout["margin"], "t": HEATMAP_TOP}
    layout["xaxis"] |= {"side": "top", "showgrid": False, "ticks": "", "showline": False}
    layout["meta"] = {"short": [plotly_text(row["person"], 13) for row in people]}
    return {"data": [cells], "layout": layout}


def key_of(plot: Plot) -> list[tuple[str, str, str]]:
    """What each colour means: name, colour, and whether it is a bar or a line."""
    return [
        (
            trace["name"],
            trace["line"]["color"] if trace["type"] == "scatter" else trace["marker"]["color"],
            trace["type"],
        )
        for trace in plot["data"]
        if "name" in trace
    ]


def heatmap_people(table: Answer) -> int:
    """How many people the table is about; the heatmap shows at most HEATMAP_PEOPLE of them."""
    return len({row["person_id"] for row in table.rows})


def plotly_text(words: str, most: int) -> str:
    """Other people's words as plain text in a plot, with `…` where they are longer than `most` characters."""
    plain = one_line(words)
    return escape(isolate(plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"), quote=False)


def _people(table: Answer) -> list[Row]:
    sums: dict[int, int] = {}
    for row in table.rows:
        sums[row["person_id"]] = sums.get(row["person_id"], 0) + row["reviews"]
    chosen = set(sorted(sums, key=lambda person: (-sums[person], person))[:HEATMAP_PEOPLE])
    first = {row["person_id"]: row for row in reversed(table.rows) if row["person_id"] in chosen}
    return sorted(first.values(), key=lambda row: (str(row["person"]).casefold(), row["person_id"]))


def _weeks(table: Answer) -> list[str]:
    return [day(since) for since in range(table.asked.since, table.asked.until - 7 * DAY + 1, 7 * DAY)]


def _edges(table: Answer) -> list[int]:
    """Where the columns of the weeks begin and end, half a week around each Monday (noon is added)."""
    weeks = len(_weeks(table))
    return [table.asked.since - 4 * DAY + place * 7 * DAY for place in range(weeks + 1)]


def _values(row: Row) -> str:
    parts = [f"{VALUE_NAMES[name]}: {row[name]}" for name in VALUES if row[name]]
    return f"{row['reviews']} {'review' if row['reviews'] == 1 else 'reviews'} ({', '.join(parts)})"


def _pairs(quartile: dict[str, list[float | None]]) -> list[tuple[float | None, float | None]]:
    return list(zip(quartile["q1"], quartile["q3"], strict=True))


def _lines() -> Plot:
    return {"linecolor": "var(--rule)", "gridcolor": "var(--grid)", "zerolinecolor": "var(--rule)"}


def _axis(title: str, highest: int | None) -> Plot:
    """An axis from nought up; one of few things counts them one by one."""
    return {
        **({"dtick": 1} if highest is not None and highest <= 5 else {}),
        "title": {"text": title, "standoff": 8, "font": {"size": 12}}, "rangemode": "tozero", "automargin": True,
        "fixedrange": True, "nticks": 6, "tickformat": "~g", **_lines(),
    }  # fmt: skip


def _layout(table: Answer, **more: Any) -> Plot:
    weeks = _weeks(table)
    every = max(1, -(-len(weeks) // 7))
    axis = {
        "type": "date", "tickformat": "%-d %b\n%Y",
        "tickangle": 0, "hoverformat": "week of %-d %B %Y", "automargin": True, "fixedrange": True,
        "tick0": weeks[0], "dtick": every * WEEK_MS, "title": {"text": "week beginning", "standoff": 6, "font": {"size": 12}},
        "range": [day(table.asked.since - 4 * DAY), day(table.asked.since + (7 * len(weeks) - 3) * DAY)],
        **_lines(), "showgrid": False,
    }  # fmt: skip
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "var(--ink-soft)"},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "hoverlabel": {"bgcolor": "var(--card)", "bordercolor": "var(--rule)", "font": {"color": "var(--ink)"}},
        "hovermode": "x unified",
        "dragmode": False,
        "xaxis": axis,
        **more,
    }
