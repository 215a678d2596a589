// The layers of a network as a table; a click on one selects it, arrow keys go from one to the
// next. For tests the root tells in `dataset`: `draws`, `selected`, `mounts`.

import { drawTable } from "./table.js";

const views = new WeakMap();
let mounts = 0;

class View {
  constructor(parent) {
    this.root = document.createElement("div");
    this.root.className = "network";
    this.root.dataset.mounts = String(++mounts);
    this.table = document.createElement("table");
    this.root.append(this.table);
    this.root.addEventListener("keydown", (event) => this.walk(event));
    parent.append(this.root);
    this.draws = 0;
  }

  update(data, select) {
    const held = this.root.getRootNode().activeElement?.dataset?.index;
    drawTable(this.table, data, (index) => index !== data.selected && select(index));
    // A redrawn table must not take the keyboard away from whoever walks through it.
    if (held !== undefined) this.buttonOf(held)?.focus();
    this.root.dataset.selected = data.selected;
    this.root.dataset.draws = String(++this.draws);
  }

  buttonOf(index) {
    return this.table.querySelector(`button[data-index="${Number(index)}"]`);
  }

  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const from = event.target.dataset?.index;
    if (!step || from === undefined) return;
    event.preventDefault();
    this.buttonOf(Number(from) + step)?.focus();
  }
}

export default function networkTable({ parentElement, data, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  if (data) view.update(data, (index) => setTriggerValue("select", index));
  return () => {
    view.root.remove();
    views.delete(parentElement);
  };
}
