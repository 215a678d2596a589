// The layers of a network as a table: a click selects one, grips drag them, keys do the rest. For
// tests the root tells in `dataset`: `draws`, `selected`, `mounts`, `revision` (how many actions the
// server has done), and while a row is dragged `dragging` (its name) and `drop` (the path it would get).

import { mounted } from "../mount.js";
import { Actions } from "./actions.js";
import { Drag } from "./drag.js";
import { isTyping, meaning, undoing } from "./keys.js";
import { placesBelow, visibleRows } from "./places.js";
import { cell, drawTable, legend } from "./table.js";

const MOST_OPEN = 40; // rows up to which all blocks are open at first

const FOLLOWS = new Set(["up", "down", "remove", "duplicate"]); // go on with what they have done

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
    this.actions = new Actions((message) => this.send("act", message));
    this.keys = []; // those that wait for the table as it is after the actions under way
    this.place = null; // index of the row that the keyboard is on
    this.held = false; // whether the actions under way take the keyboard with them
    this.draws = 0;
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("pointerdown", (event) => this.grip(event));
    this.root.addEventListener("focusin", (event) => (this.place = this.rowOf(event)?.index ?? this.place));
    this.undo = (event) => this.undoing(event);
    document.addEventListener("keydown", this.undo);
    parent.append(this.root);
  }

  update(data, send) {
    this.drag?.end(null);
    Object.assign(this, { data, send });
    const progress = this.actions.answered(data.done);
    if (progress && this.held) this.place = data.selected;
    this.draw();
    // What is in a closed block is not what somebody at the block would go on with.
    if (!this.actions.busy || this.rowAt(data.selected).index !== data.selected) this.held = false;
    this.root.dataset.selected = data.selected;
    this.root.dataset.revision = this.actions.done;
    this.work();
  }

  draw() {
    const { data } = this;
    const focused = this.inside; // a redrawn table must not take the keyboard away
    this.rows = visibleRows(data.rows, (row) => this.isOpen(row));
    this.drawn = drawTable(this.table, this.rows, data, (row) => this.isOpen(row));
    this.drawn.forEach((element, index) => (element.dataset.row = index));
    this.refused.textContent = data.refused;
    this.refused.hidden = !data.refused;
    if (focused) this.focus(this.place);
    this.root.dataset.draws = String(++this.draws);
  }

  /** Whether the keyboard is in the table. */
  get inside() {
    return this.table.contains(this.root.getRootNode().activeElement);
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
    this.draw();
    this.focus(row.index);
  }

  // The row of an index that is seen: the closed block it is in, or what is selected if it is gone.
  rowAt(index) {
    const all = this.data.rows;
    const find = (wanted) => all.find((each) => each.index !== null && each.index === wanted);
    let row = find(index) ?? find(this.data.selected);
    while (!this.rows.includes(row)) row = all[all.indexOf(row) - 1];
    return row;
  }

  /** Put the keyboard on the row of an index. */
  focus(index) {
    const row = this.rowAt(index);
    const button = this.table.querySelector(`button[data-index="${row.index}"]`);
    for (const other of this.table.querySelectorAll("button[tabindex='0']")) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
    this.place = row.index;
  }

  // The row an event is about; undefined for headings and the like.
  rowOf(event) {
    return this.rows?.[event.target.closest?.("tr")?.dataset.row];
  }

  click(event) {
    const row = this.rowOf(event);
    if (!row || row.index === null || event.target.closest(".grip")) return;
    if (event.target.closest(".fold")) return this.fold(row, !this.isOpen(row));
    this.focus(row.index);
    this.choose(row);
  }

  grip(event) {
    const row = this.rowOf(event);
    if (!row?.movable || event.button !== 0 || !event.target.closest(".grip") || this.drag) return;
    event.preventDefault();
    const end = (place) => {
      this.drag = null;
      if (place) this.act("move", row, { to: place.to });
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
    this.keys.push({ ...meant, index: row.index });
    this.work();
  }

  undoing(event) {
    const act = undoing(event);
    if (!act || event.composedPath().some(isTyping) || this.drag || !this.data) return;
    event.preventDefault();
    this.keys.push({ act, index: null });
    this.work();
  }

  // Do what the keys mean, one after another. Whoever walks or folds goes by the table as it is
  // after the actions before that; actions that follow each other go on with what they act on.
  work() {
    while (this.keys.length && (this.keys[0].act || !this.actions.busy)) {
      const { act, walk, fold, index } = this.keys.shift();
      // The key was pressed on the row of before: by now the keyboard may have gone on from there.
      const row = index === null ? null : this.rowAt(this.waited ? this.place : index);
      if (act) this.act(act, row);
      else if (walk) this.walk(row, walk);
      else if (fold) this.foldOrLeave(row, fold === "open");
      else this.choose(row);
    }
    this.waited = this.keys.length > 0;
  }

  walk(row, where) {
    const rows = this.rows.filter((other) => other.index !== null);
    const at = rows.indexOf(row);
    const to = { previous: at - 1, next: at + 1, first: 0, last: rows.length - 1 }[where];
    if (rows[to]) this.focus(rows[to].index);
  }

  // Left in a block that is closed, or on a layer, goes to the block around it.
  foldOrLeave(row, open) {
    if (row.block && this.isOpen(row) !== open) return this.fold(row, open);
    if (open) return;
    const around = this.rows.slice(0, this.rows.indexOf(row)).findLast((other) => other.block && other.depth < row.depth);
    if (around) this.focus(around.index);
  }

  choose(row) {
    if (this.actions.busy || row.index !== this.data.selected) this.act("select", row);
  }

  // An action on the row that those under way are about has no path: it has none yet.
  act(act, row = null, more = {}) {
    const follows = row && this.held && row.index === this.place && FOLLOWS.has(act);
    if (row && !follows && !row.movable && act !== "select") return;
    if (!row || follows) this.actions.post({ do: act });
    else this.actions.post({ do: act, path: row.path, name: row.name, ...more });
    if (row) this.place = row.index;
    this.held = row !== null || this.inside;
  }

  close() {
    this.drag?.end(null);
    this.actions.close();
    document.removeEventListener("keydown", this.undo);
    this.root.remove();
  }
}

export default mounted(
  (parentElement) => new View(parentElement),
  (view, { data, setTriggerValue }) => {
    if (data) view.update(data, setTriggerValue);
  },
);
