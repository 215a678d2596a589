// The table beside the plot: which line is whose, and what it says at the place that is pointed at.

import { DASHES } from "./compared.js";

const SVG = "http://www.w3.org/2000/svg";
const STROKES = { solid: "", dash: "7 4", dot: "2 3", dashdot: "7 3 2 3" };
const MARKS = { circle: "M2 6a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "diamond-open": "M6 1l5 5-5 5-5-5z" };

const element = (name, values = {}, ...children) => {
  const made = Object.assign(document.createElement(name), values);
  made.append(...children);
  return made;
};

function drawing(width, path, attributes) {
  const svg = document.createElementNS(SVG, "svg");
  const shape = document.createElementNS(SVG, "path");
  Object.entries({ viewBox: `0 0 ${width} 12`, width, height: 12, "aria-hidden": "true" }).forEach(
    ([name, value]) => svg.setAttribute(name, value),
  );
  Object.entries({ d: path, "stroke-width": 2, fill: "none", ...attributes }).forEach(
    ([name, value]) => shape.setAttribute(name, value),
  );
  svg.append(shape);
  return svg;
}

const stroke = (place) =>
  drawing(26, "M0 6H26", {
    stroke: "currentColor",
    "stroke-dasharray": STROKES[DASHES[place % DASHES.length]],
  });

const mark = ({ colour, symbol }) =>
  drawing(12, MARKS[symbol], { stroke: colour, fill: symbol === "circle" ? colour : "none" });

export class Readout {
  // `toggle(run)` shows or hides a run, `emphasise(run or null)` brings one to the front.
  constructor({ toggle, emphasise }) {
    Object.assign(this, { toggle, emphasise });
    this.heading = element("p");
    this.table = element("table");
    this.element = element("div", { className: "readout" }, this.heading, this.table);
  }

  // `columns` are [{ place, name, kind }]; `rows` are [{ run, texts }], a text per column.
  draw(heading, columns, rows, hidden) {
    this.heading.textContent = heading;
    const shape = JSON.stringify([columns, rows.map(({ run }) => [run.run, run.name])]);
    if (shape !== this.shape) this.build(columns, rows);
    this.shape = shape;
    rows.forEach(({ run, texts }, index) => {
      const { row, cells, button } = this.rows[index];
      const isHidden = hidden.has(run.run);
      row.classList.toggle("hidden", isHidden);
      button.setAttribute("aria-pressed", String(!isHidden));
      texts.forEach((text, column) => {
        const shown = isHidden ? "" : text;
        if (cells[column].textContent !== shown) cells[column].textContent = shown;
      });
    });
  }

  build(columns, rows) {
    const networks = columns.filter(({ place }, index) => columns[index - 1]?.place !== place);
    const kinds = columns.length / Math.max(1, networks.length);
    const names = networks.map(({ place, name }) =>
      element("th", { colSpan: kinds, title: name }, element("span", {}, stroke(place), name)),
    );
    this.rows = rows.map(({ run }) => this.row(run, columns));
    this.table.replaceChildren(
      element("tr", {}, element("th"), ...names),
      element("tr", {}, element("th"), ...columns.map(({ kind }) => element("th", {}, kind))),
      ...this.rows.map(({ row }) => row),
    );
  }

  row(run, columns) {
    const name = element("span", { className: "name", textContent: run.name });
    const networks = run.contenders.map((contender) => contender.name).join(", ");
    const title = `${run.name} (${networks}): show or hide it`;
    const button = element("button", { title }, mark(run), name);
    button.addEventListener("click", () => this.toggle(run.run));
    button.addEventListener("focus", () => this.emphasise(run.run));
    button.addEventListener("blur", () => this.emphasise(null));
    const cells = columns.map(() => element("td"));
    const row = element("tr", {}, element("td", {}, button), ...cells);
    row.addEventListener("pointerenter", () => this.emphasise(run.run));
    row.addEventListener("pointerleave", () => this.emphasise(null));
    return { row, cells, button };
  }
}
