// The layers as a table: shapes, parameters and how they come about, mult-adds, shares as bars.
// Names and messages are set as textContent only.

import { shapeText } from "../network_diagram/layout.js";

function cell(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function number(value) {
  return value.toLocaleString("en-US");
}

/** A fraction as a whole number of percent; what is there at all is never "0 %". */
export function percent(part, whole) {
  if (!part || !whole) return "";
  const share = (100 * part) / whole;
  return share < 1 ? "<1 %" : `${Math.round(share)} %`;
}

function amount(value, total, note) {
  if (value === null) return cell("td", "amount");
  const share = cell("span", "share", percent(value, total));
  const made = cell("td", "amount", cell("div", "value", cell("span", "", number(value)), share));
  if (value && total) {
    const bar = cell("div", "bar");
    bar.style.setProperty("--share", value / total);
    made.append(bar);
  }
  if (note) made.append(cell("div", "note", note));
  return made;
}

function layerRow(item, totals, onSelect) {
  const row = cell("tr", `${item.role}${item.selected ? " selected" : ""}`);
  const button = cell("button", "", item.label);
  button.type = "button";
  button.setAttribute("aria-pressed", String(item.selected));
  button.dataset.index = item.index;
  button.title = item.name;
  const what = [item.kind, item.summary].filter(Boolean).join(" · ");
  const shape = cell("td", "shape", item.shape ? shapeText(item.shape) : "—");
  const head = cell("th", "", button, cell("div", "note", what));
  head.style.setProperty("--inside", item.depth);
  row.append(
    head,
    shape,
    amount(item.parameters, totals.parameters, item.formula),
    amount(item.mult_adds, totals.mult_adds, ""),
  );
  row.addEventListener("click", () => onSelect(item.index));
  return row;
}

// Text with `names` between backticks, which become code.
function marked(text) {
  return text.split("`").map((part, number) => (number % 2 ? cell("code", "", part) : part));
}

function problemRow({ problem, remedy }) {
  const said = cell("td", "", cell("p", "", "✗ ", ...marked(problem)), cell("p", "", ...marked(remedy)));
  said.colSpan = 4;
  return cell("tr", "problem", said);
}

function headings() {
  const row = cell("tr", "");
  for (const [text, className, help] of [
    ["Layer", "", "Its name in the code, its torch.nn class, and what was chosen for it; what is in a block stands below it, indented"],
    ["Output", "shape", "channels × height × width for one picture, or a plain row of values"],
    ["Parameters", "amount", "Numbers that are learned, and how they come about"],
    ["Mult-adds", "amount", "Multiplications, each with an addition, for one picture; biases and batch normalisation are not counted"],
  ]) {
    const heading = cell("th", className, text);
    heading.scope = "col";
    heading.title = help;
    row.append(heading);
  }
  return cell("thead", "", row);
}

function totalsRow(totals, failed) {
  return cell(
    "tfoot",
    "",
    cell(
      "tr",
      "",
      cell("th", "", failed ? "Total before the failure" : "Total"),
      cell("td", "shape", `${number(totals.activations)} values`),
      amount(totals.parameters, 0, ""),
      amount(totals.mult_adds, 0, ""),
    ),
  );
}

/** Draw into `table`; `onSelect` is called with the index of a clicked layer (-1: the input). */
export function drawTable(table, { items, totals, failure }, onSelect) {
  const body = cell("tbody", "");
  for (const item of items) {
    body.append(layerRow(item, totals, onSelect));
    if (item.role === "failed") body.append(problemRow(failure));
  }
  table.replaceChildren(headings(), body, totalsRow(totals, Boolean(failure)));
}
