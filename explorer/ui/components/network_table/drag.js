// Dragging a row by its grip, with mouse, pen or finger: a line shows where it would go, left and
// right choose how deep; Escape leaves it where it is.

import { described, meant, refusal } from "./places.js";
import { cell } from "./table.js";

const STEP = 18; // pixels to the side for one block deeper or less deep; as much as rows are indented
const EDGE = 60; // pixels from the edge of what is seen: there the page scrolls
const FASTEST = 14; // pixels a frame

// The element that scrolls, through shadow roots too.
function scrolling(element) {
  let at = element;
  while (at) {
    if (at instanceof Element) {
      const { overflowY } = getComputedStyle(at);
      if (/auto|scroll/.test(overflowY) && at.scrollHeight > at.clientHeight) return at;
    }
    at = at.parentNode ?? at.host;
  }
  return document.scrollingElement;
}

export class Drag {
  /**
   * Begin: `view` has `root`, `rows` and `drawn` (their elements) and `below(index)`, the places
   * below a row. `done` is called once, with the row and the place, or with null.
   */
  constructor(view, row, event, done) {
    Object.assign(this, { view, row, done, place: null });
    this.start = { x: event.clientX, y: event.clientY };
    this.at = this.start;
    this.line = cell("div", "drop");
    this.said = cell("span", "");
    this.line.append(this.said);
    this.element = view.drawn[view.rows.indexOf(row)];
    this.element.classList.add("dragged");
    view.root.append(this.line);
    view.root.dataset.dragging = row.name;
    this.scroller = scrolling(view.root);
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("pointermove", (moved) => this.moved(moved), { signal });
    window.addEventListener("pointerup", () => this.end(this.place), { signal });
    window.addEventListener("pointercancel", () => this.end(null), { signal });
    window.addEventListener("blur", () => this.end(null), { signal });
    window.addEventListener("keydown", (key) => this.key(key), { signal, capture: true });
    this.show();
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.end(null);
  }

  moved(event) {
    this.at = { x: event.clientX, y: event.clientY };
    this.show();
  }

  // The row whose middle is the last above the pointer: the row would go below it.
  above() {
    let found = 0;
    this.view.drawn.forEach((element, index) => {
      const box = element.getBoundingClientRect();
      if (box.top + box.height / 2 < this.at.y) found = index;
    });
    return found;
  }

  show() {
    const index = this.above();
    const box = this.view.drawn[index].getBoundingClientRect();
    const depth = this.row.depth + Math.round((this.at.x - this.start.x) / STEP);
    const place = meant(this.view.below(index), this.row, depth, this.at.y > box.bottom);
    this.place = place && !refusal(this.row, place) ? place : null;
    const frame = this.view.root.getBoundingClientRect();
    this.line.hidden = !place;
    this.view.root.dataset.drop = this.place ? this.place.to.join(".") : "";
    if (!place) return;
    this.line.style.top = `${box.bottom - frame.top}px`;
    this.line.style.setProperty("--inside", place.depth);
    this.line.classList.toggle("nothing", !this.place);
    this.said.textContent = this.place ? described(this.row, this.place) : "";
  }

  scroll() {
    const box = this.scroller === document.scrollingElement ? { top: 0, bottom: innerHeight } : this.scroller.getBoundingClientRect();
    const over = Math.max(0, this.at.y - (box.bottom - EDGE)) - Math.max(0, box.top + EDGE - this.at.y);
    if (over && this.at !== this.start) {
      this.scroller.scrollTop += Math.max(-FASTEST, Math.min(FASTEST, over / 3));
      this.show();
    }
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  end(place) {
    if (!this.listeners) return;
    this.listeners.abort();
    this.listeners = null;
    cancelAnimationFrame(this.frame);
    this.line.remove();
    this.element.classList.remove("dragged");
    delete this.view.root.dataset.dragging;
    delete this.view.root.dataset.drop;
    this.done(place);
  }
}
