// The layers as a table: shapes and their memory, receptive fields, parameters and how they come
// about, mult-adds, shares as bars.
// Names and messages are set as textContent only.

import { shapeText } from "../network_diagram/layout.js";
import { LEGEND } from "./keys.js";

export function cell(tag, className, ...children) {
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

// A figure with a note below it.
function figure(className, text, note) {
  const made = cell("td", "figure", cell("div", className, text));
  if (note) made.append(cell("div", "note", note));
  return made;
}

// The receptive field, and where the units' windows lie.
function lookedAt([size, where]) {
  const made = figure("field", size, where);
  made.classList.add("looks");
  return made;
}

// Not reached by the keyboard, which has keys of its own for the same.
function tool(className, text, title) {
  const made = cell("span", className, text);
  made.title = title;
  made.setAttribute("aria-hidden", "true");
  return made;
}

function head(row, open) {
  const made = cell("th", "");
  made.style.setProperty("--inside", row.depth);
  const line = cell("div", "line");
  if (row.movable) line.append(tool("grip", "⠿", "Drag to another place, also into and out of blocks"));
  if (row.index === null) {
    line.append(cell("span", "label", row.label));
  } else {
    const button = cell("button", "", row.label);
    button.type = "button";
    button.setAttribute("aria-pressed", String(row.selected));
    button.dataset.index = row.index;
    button.title = row.name;
    button.tabIndex = row.selected ? 0 : -1;
    line.append(button);
    if (row.block) {
      button.setAttribute("aria-expanded", String(open));
      button.before(tool("fold", open ? "▾" : "▸", open ? "Close the block" : "Open the block"));
    }
  }
  made.append(line, cell("div", "note", [row.kind, row.summary].filter(Boolean).join(" · ")));
  return made;
}

function layerRow(row, totals, open) {
  const made = cell("tr", [row.role, row.selected && "selected", row.block && "block"].filter(Boolean).join(" "));
  const parameters = amount(row.parameters, totals.parameters, row.formula);
  parameters.title = row.weights;
  made.append(
    head(row, open),
    figure("shape", row.shape ? shapeText(row.shape) : row.index === null ? "" : "—", row.memory),
    lookedAt(row.looks),
    parameters,
    amount(row.mult_adds, totals.mult_adds, ""),
  );
  return made;
}

// Text with `names` between backticks, which become code.
function marked(text) {
  return text.split("`").map((part, number) => (number % 2 ? cell("code", "", part) : part));
}

function problemRow({ problem, remedy }) {
  const said = cell("td", "", cell("p", "", "✗ ", ...marked(problem)), cell("p", "", ...marked(remedy)));
  said.colSpan = HEADINGS.length;
  return cell("tr", "problem", said);
}

const HEADINGS = [
  ["Layer", "", "Its name in the code, its torch.nn class, and what was chosen for it; what is in a block stands below it, indented"],
  ["Output", "shape", "channels × height × width for one picture, or a plain row of values; below it what they take in memory, 4 bytes each"],
  [
    "Looks at",
    "looks",
    "The receptive field: how many cells of the input one unit of the layer depends on; below it how many cells " +
      "neighbouring units are apart (jump), and where the first one begins (offset; below 0 in the padding). " +
      "“all” where a unit may depend on the whole input, as after Flatten",
  ],
  ["Parameters", "amount", "Numbers that are learned, and how they come about"],
  ["Mult-adds", "amount", "Multiplications, each with an addition, for one picture; biases and batch normalisation are not counted"],
];

function headings() {
  const row = cell("tr", "");
  for (const [text, className, help] of HEADINGS) {
    const heading = cell("th", className, text);
    heading.scope = "col";
    heading.title = help;
    row.append(heading);
  }
  return cell("thead", "", row);
}

function totalsRow(totals, failed, frozen) {
  const learn = frozen ? `${number(totals.parameters - frozen)} learn, ${number(frozen)} are frozen` : "";
  return cell(
    "tfoot",
    "",
    cell(
      "tr",
      "",
      cell("th", "", failed ? "Total before the failure" : "Total"),
      figure("shape", `${number(totals.activations)} values`, totals.memory),
      cell("td", "looks"),
      amount(totals.parameters, 0, learn),
      amount(totals.mult_adds, 0, ""),
    ),
  );
}

/** One line that says what keys and dragging do. */
export function legend() {
  const made = cell("p", "legend", cell("span", "", "Drag ", cell("b", "", "⠿"), " to reorder"));
  for (const [keys, does] of LEGEND) {
    made.append(cell("span", "key", cell("kbd", "", keys), ` ${does}`));
  }
  return made;
}

/**
 * Draw the rows that are seen into `table`; `isOpen` says which blocks are open.
 *
 * Returns the rows' elements, in the order of `rows`.
 */
export function drawTable(table, rows, { totals, failure, frozen }, isOpen) {
  const body = cell("tbody", "");
  const drawn = rows.map((row) => {
    const made = layerRow(row, totals, row.block && isOpen(row));
    body.append(made);
    if (row.role === "failed") body.append(problemRow(failure));
    return made;
  });
  table.replaceChildren(headings(), body, totalsRow(totals, Boolean(failure), frozen));
  return drawn;
}
