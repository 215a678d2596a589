// The layers of a network as a table: a click selects one, grips drag them, keys do the rest. For
// tests the root tells in `dataset`: `draws`, `selected`, `mounts`, `revision`, and while a row is
// dragged `dragging` (its name) and `drop` (the path it would get).

import { Drag } from "./drag.js";
import { isTyping, meaning, undoing } from "./keys.js";
import { placesBelow, visibleRows } from "./places.js";
import { cell, drawTable, legend } from "./table.js";

const MOST_OPEN = 40; // rows up to which all blocks are open at first
const MOST_WAITING = 20; // actions that wait for the server
const PATIENCE = 5000; // milliseconds until an action that was not answered is given up

const views = new WeakMap();
let mounts = 0;

class View {
  constructor(parent) {
    this.root = cell("div", "network");
    this.root.dataset.mounts = String(++mounts);
    this.refused = cell("p", "refused");
    this.refused.setAttribute("role", "alert");
    this.table = cell("table", "");
    this.root.append(legend(), this.refused, this.table);
    this.folded = new Map(); // by name of the block: whether somebody opened or closed it
    this.waiting = []; // actions that came while the server was at another
    this.draws = 0;
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("pointerdown", (event) => this.grip(event));
    this.undo = (event) => this.undoing(event);
    document.addEventListener("keydown", this.undo);
    parent.append(this.root);
  }

  update(data, send) {
    this.drag?.end(null);
    const answered = this.data?.revision !== data.revision;
    Object.assign(this, { data, send });
    if (answered) this.busy = false;
    const { activeElement } = this.root.getRootNode();
    const held = answered && this.follow ? data.selected : activeElement?.dataset?.index;
    this.draw(held);
    if (answered) this.follow = false;
    this.root.dataset.selected = data.selected;
    this.root.dataset.revision = data.revision;
    if (!this.busy && this.waiting.length) this.act(this.waiting.shift());
  }

  draw(held) {
    const { data } = this;
    this.rows = visibleRows(data.rows, (row) => this.isOpen(row));
    this.drawn = drawTable(this.table, this.rows, data, (row) => this.isOpen(row));
    this.drawn.forEach((element, index) => (element.dataset.row = index));
    this.refused.textContent = data.refused;
    this.refused.hidden = !data.refused;
    // A redrawn table must not take the keyboard away from whoever walks through it.
    if (held !== undefined) this.focus(this.buttonOf(held));
    this.root.dataset.draws = String(++this.draws);
  }

  // In a long table blocks are closed at first, but for those around what is selected or fails.
  isOpen(block) {
    const chosen = this.folded.get(block.name);
    if (chosen !== undefined) return chosen;
    if (this.data.rows.length <= MOST_OPEN) return true;
    const matters = (row) => row.selected || row.role === "failed";
    return this.data.rows.some(
      (row) => matters(row) && row.depth > block.depth && block.path.every((n, i) => row.path[i] === n),
    );
  }

  fold(row, open) {
    if (!row.block || this.isOpen(row) === open) return;
    this.folded.set(row.name, open);
    this.draw(row.index);
  }

  buttonOf(index) {
    return this.table.querySelector(`button[data-index="${Number(index)}"]`);
  }

  focus(button) {
    if (!button) return;
    for (const other of this.table.querySelectorAll("button[tabindex='0']")) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  }

  // The row an event is about; undefined for headings and the like.
  rowOf(event) {
    return this.rows?.[event.target.closest?.("tr")?.dataset.row];
  }

  click(event) {
    const row = this.rowOf(event);
    if (!row || row.index === null || event.target.closest(".grip")) return;
    if (event.target.closest(".fold")) return this.fold(row, !this.isOpen(row));
    if (row.index !== this.data.selected) this.send("select", row.index);
  }

  grip(event) {
    const row = this.rowOf(event);
    if (!row?.movable || event.button !== 0 || !event.target.closest(".grip") || this.drag) return;
    event.preventDefault();
    const end = (place) => {
      this.drag = null;
      if (place) this.act({ trigger: "move", value: { from: row.path, to: place.to, name: row.name } });
    };
    this.drag = new Drag(this, row, event, end);
  }

  // The places below a row that is seen, for `Drag`.
  below(index) {
    const row = this.rows[index];
    return placesBelow(this.data.rows, this.data.rows.indexOf(row), this.isOpen(row));
  }

  key(event) {
    const row = this.rowOf(event);
    const meant = meaning(event);
    if (!row || row.index === null || !meant || this.drag) return;
    event.preventDefault();
    if (meant.walk) this.walk(row, meant.walk);
    if (meant.fold) this.foldOrLeave(row, meant.fold === "open");
    if (meant.act) {
      this.follow = true;
      this.act({ act: meant.act, row });
    }
  }

  walk(row, where) {
    const rows = this.rows.filter((other) => other.index !== null);
    const at = rows.indexOf(row);
    const to = { previous: at - 1, next: at + 1, first: 0, last: rows.length - 1 }[where];
    this.focus(this.buttonOf(rows[to]?.index));
  }

  // Left in a block that is closed, or on a layer, goes to the block around it.
  foldOrLeave(row, open) {
    if (row.block && this.isOpen(row) !== open) return this.fold(row, open);
    if (open) return;
    const around = this.rows.slice(0, this.rows.indexOf(row)).findLast((other) => other.block && other.depth < row.depth);
    if (around) this.focus(this.buttonOf(around.index));
  }

  undoing(event) {
    const act = undoing(event);
    if (!act || event.composedPath().some(isTyping) || this.drag || !this.data) return;
    event.preventDefault();
    this.act({ act });
  }

  // One action at a time: the next is about what the table shows after it. A key that is held
  // down goes on with the row it has moved, which is the selected one by then.
  act(action) {
    if (this.busy && performance.now() - this.since < PATIENCE) {
      if (this.waiting.length < MOST_WAITING) this.waiting.push({ ...action, row: undefined, again: Boolean(action.row) });
      return;
    }
    const row = action.again ? this.data.rows.find((other) => other.selected) : action.row;
    if (row && !row.movable) return;
    this.busy = true;
    this.since = performance.now();
    if (action.trigger) this.send(action.trigger, action.value);
    else this.send("act", row ? { do: action.act, path: row.path, name: row.name } : { do: action.act });
    if (action.again) this.follow = true;
  }

  close() {
    this.drag?.end(null);
    document.removeEventListener("keydown", this.undo);
    this.root.remove();
  }
}

export default function networkTable({ parentElement, data, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  if (data) view.update(data, setTriggerValue);
  return () => {
    view.close();
    views.delete(parentElement);
  };
}
