// Draws the figures in the colours of the page, sorts tables, and finds people in the list. Nothing is loaded from anywhere.
"use strict";

// Figures -------------------------------------------------------------------------------------------------------------

const NARROW = 600; // pixels, as the next two: the names beside the cells, and the least a cell with a number needs
const NAMES = 180;
const CELL = 18;
const CONFIG = { responsive: true, displayModeBar: false, displaylogo: false, showTips: false };

/** The figure with every var(--colour) replaced by what the style sheet says now. */
function coloured(value, style) {
  if (typeof value === "string") {
    const name = /^var\((--[\w-]+)\)$/.exec(value);
    return name ? style.getPropertyValue(name[1]).trim() : value;
  }
  if (Array.isArray(value)) return value.map((one) => coloured(one, style));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one, style)]));
  }
  return value;
}

/** No numbers in cells too small for them; smaller words and fewer ticks where the screen is narrow. */
function fitted(figure, width) {
  const { data, layout } = figure;
  const [cells] = data;
  if (cells.type === "heatmap" && (width - NAMES) / cells.z[0].length < CELL) {
    delete cells.texttemplate;
    cells.xgap = 1;
  }
  if (width >= NARROW) return figure;
  layout.font.size = 12;
  if (layout.xaxis.dtick) layout.xaxis.dtick *= 2;
  if (layout.meta && layout.meta.short) layout.yaxis.ticktext = layout.meta.short;
  if (layout.xaxis.type === "category") layout.xaxis.tickangle = -35;
  return figure;
}

function draw(plot) {
  const source = document.getElementById(`${plot.id}-data`);
  const figure = coloured(JSON.parse(source.textContent), getComputedStyle(document.documentElement));
  const { data, layout } = fitted(figure, plot.clientWidth);
  plot.dataset.narrow = String(plot.clientWidth < NARROW);
  return Plotly.react(plot, data, layout, CONFIG);
}

const plots = [...document.querySelectorAll(".plot")];

function drawAll() {
  for (const plot of plots) draw(plot);
}

if (plots.length && window.Plotly) {
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("resize", () => {
    for (const plot of plots) if (plot.dataset.narrow !== String(plot.clientWidth < NARROW)) draw(plot);
  });
  for (const [event, paper] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => {
      document.documentElement.toggleAttribute("data-paper", paper);
      drawAll();
    });
  }
}

// Tables --------------------------------------------------------------------------------------------------------------

const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** What a cell is sorted by: its number, its text, or null for nothing, which always goes to the end. */
function key(row, column) {
  const cell = row.cells[column];
  const text = cell.dataset.sort ?? cell.textContent.trim();
  if (text === "") return null;
  return "sort" in cell.dataset ? Number(text) : text;
}

function sortBy(table, heading) {
  const down = heading.getAttribute("aria-sort") === (isNumeric(table, heading) ? "descending" : "ascending");
  const direction = isNumeric(table, heading) === down ? "ascending" : "descending";
  const sign = direction === "ascending" ? 1 : -1;
  const rows = [...table.tBodies[0].rows].map((row) => [key(row, heading.cellIndex), row]);
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : words.compare(a, b));
  });
  for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", direction);
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

/** Numbers are sorted from the largest first, words from A. */
function isNumeric(table, heading) {
  return [...table.tBodies[0].rows].some((row) => "sort" in row.cells[heading.cellIndex].dataset);
}

for (const heading of document.querySelectorAll("table.sortable th")) {
  heading.querySelector("button").addEventListener("click", () => sortBy(heading.closest("table"), heading));
}

/** Long tables begin short; a button shows the rest. Paper has all rows. */
const FIRST_ROWS = 20;
for (const table of document.querySelectorAll("table.sortable:not(.whole)")) {
  const count = table.tBodies[0].rows.length;
  if (count <= FIRST_ROWS + 5) continue;
  const button = document.createElement("button");
  const toggle = () => {
    const short = table.classList.toggle("short");
    button.textContent = short ? `Show all ${count} rows` : `Show the first ${FIRST_ROWS} rows only`;
    button.setAttribute("aria-expanded", String(!short));
  };
  button.type = "button";
  button.className = "all";
  button.setAttribute("aria-controls", table.id);
  button.addEventListener("click", toggle);
  toggle();
  table.parentNode.after(button);
}

/** Say that a table is wider than its place, where it is. */
function measure() {
  for (const box of document.querySelectorAll(".scroll")) {
    const wider = box.scrollWidth > box.clientWidth + 1;
    box.classList.toggle("wider", wider);
    box.previousElementSibling.hidden = !wider;
  }
}
measure();
addEventListener("resize", measure);
for (const fold of document.querySelectorAll("details")) fold.addEventListener("toggle", measure);

// People --------------------------------------------------------------------------------------------------------------

const find = document.getElementById("find");
if (find) {
  const rows = [...document.querySelectorAll(`#${find.dataset.filters} tbody tr`)];
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = rows.map((row) => plain(row.textContent));
  find.closest("[hidden]").hidden = false;
  find.addEventListener("input", () => {
    const wanted = plain(find.value.trim());
    rows.forEach((row, place) => (row.hidden = !texts[place].includes(wanted)));
    document.getElementById("found").textContent = wanted ? `${rows.filter((row) => !row.hidden).length} of ${rows.length}` : "";
  });
}
