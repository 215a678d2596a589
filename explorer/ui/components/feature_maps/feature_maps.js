/**
 * The feature maps of a layer beside the sample picture: point at a unit to see what it looks at.
 *
 * For tests the root tells in `dataset`: `layer`, `mounts`, `takes`, `map`, `unit`, `value`, `seen`,
 * `pinned`.
 */

import { mounted } from "../mount.js";
import { css } from "../player/colour.js";
import { plain } from "../player/format.js";
import { readTheme } from "../player/theme.js";
import { BarsView } from "./bars_view.js";
import { parseMaps, unitValue } from "./blob.js";
import { fieldOf, fieldText, unitText } from "./field.js";
import { MapsView } from "./maps_view.js";
import { PictureView } from "./picture_view.js";
import { decimalsOf } from "./scale.js";

const SIDE_BY_SIDE = 620; // pixels from which on the picture stands beside the maps
const PICTURE_SHARE = 0.32;
const WIDEST_PICTURE = 320;
const SMALL_PICTURE = 190; // above the maps, where it stays in sight
const ARROWS = { ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1], ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0] };
const KEYS =
  "Click to pin a unit. Keys: arrows move it, Page Up and Page Down change the map, Enter pins, Escape lets go.";

let mounts = 0;

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function button(text, press) {
  const made = element("button", "tool", text);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

const clamp = (value, count) => Math.max(0, Math.min(count - 1, value));

class View {
  constructor(parent) {
    const handlers = {
      point: (map, row, column) => !this.pinned && this.move(map, row, column),
      pin: (map, row, column) => this.togglePin(map, row, column),
    };
    this.picture = new PictureView();
    this.grid = new MapsView(handlers);
    this.bars = new BarsView(handlers);
    this.title = element("h4", "title");
    this.legend = element("div", "legend");
    this.own = this.toggle("Each map on its own scale", (on) => {
      this.ownScale = on;
      this.paint();
    });
    this.slice = this.slider();
    this.text = element("p", "unit");
    this.text.setAttribute("aria-live", "polite");
    this.about = element("p", "about");
    this.open = button("", () => this.send("open", { channel: this.map, unit: this.unit }));
    this.more = button("", () => this.send("more", Date.now()));
    this.stage = element("div", "maps", this.grid.element, this.bars.element);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.right = element(
      "div",
      "right",
      element("div", "head", this.title, this.legend, this.own.element),
      this.slice.element,
      this.stage,
      element("div", "buttons", this.open, this.more),
      this.about,
      element("p", "keys", KEYS),
    );
    const beside = element("div", "words", this.text, this.picture.zoomed);
    this.left = element("div", "left", this.picture.element, beside);
    this.root = element("div", "feature-maps", this.left, this.right);
    this.root.dataset.mounts = String(++mounts);
    parent.append(this.root);
    Object.assign(this, { width: 0, takes: 0, ownScale: false, pinned: false, map: 0, unit: [0, 0, 0] });
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
  }

  toggle(text, change) {
    const input = document.createElement("input");
    input.type = "checkbox";
    input.addEventListener("change", () => change(input.checked));
    return { input, element: element("label", "own", input, text) };
  }

  slider() {
    const input = document.createElement("input");
    input.type = "range";
    input.min = "0";
    const shown = document.createElement("output");
    input.addEventListener("input", () => this.move(this.map, this.unit[1], this.unit[2], Number(input.value)));
    return { input, shown, element: element("label", "slice", "Slice", input, shown) };
  }

  /** New maps, a new theme, or the same again after a rerun. */
  update(data, send) {
    this.send = send;
    if (data !== this.data) {
      this.data = data;
      this.take(parseMaps(data));
    }
    this.refresh();
  }

  take(maps) {
    const before = this.maps;
    this.maps = maps;
    this.row = maps.shape.length === 1;
    this.axes = this.row ? 0 : maps.shape.length - 1;
    const same = before && before.name === maps.name && String(before.cells) === String(maps.cells);
    if (!same) {
      this.map = 0;
      this.unit = maps.cells.map((count) => Math.floor((count - 1) / 2));
      this.pinned = false;
    }
    this.map = clamp(this.map, maps.codes.shape[0]);
    this.picture.take(maps);
    (this.row ? this.bars : this.grid).take(maps);
    this.grid.element.hidden = this.row;
    this.bars.element.hidden = !this.row;
    const [depth] = maps.cells;
    this.slice.element.hidden = depth === 1;
    this.slice.input.max = String(depth - 1);
    this.own.element.hidden = this.row || maps.codes.shape[0] === 1;
    this.takes += 1;
    this.words();
  }

  words() {
    const { maps } = this;
    const shown = maps.codes.shape[0];
    const noun = this.row ? "values" : maps.total === 1 ? "map" : "maps";
    const ends = [maps.low, maps.high].map((end) => plain(Number(end.toFixed(decimalsOf(maps)))));
    const size = this.row ? `, from ${ends.join(" to ")}` : ` of ${maps.shape.slice(1).join(" × ")}`;
    this.title.textContent = `${maps.name || "The input"}: ${maps.total.toLocaleString("en")} ${noun}${size}`;
    const told = [];
    if (shown < maps.total) told.push(`The first ${shown.toLocaleString("en")} are shown.`);
    if (maps.step > 1) told.push(`Only every ${maps.step}th cell is drawn: there are too many.`);
    if (maps.not_finite) told.push(`${maps.not_finite.toLocaleString("en")} values are infinite or not a number; they are drawn as 0.`);
    this.about.textContent = told.join(" ");
    this.open.hidden = !maps.page;
    this.open.textContent = `Open in ${maps.page}`;
    this.more.hidden = !maps.more;
    this.more.textContent = `Show up to ${Math.min(shown * 2, maps.total).toLocaleString("en")}`;
    this.stage.setAttribute("aria-label", `${this.title.textContent}. ${KEYS}`);
  }

  /** Colours and layout anew. */
  refresh() {
    this.width = 0;
    this.resized();
  }

  resized() {
    const width = Math.floor(this.root.clientWidth);
    if (!width || width === this.width || !this.maps) return;
    this.width = width;
    this.theme = readTheme(this.root);
    const beside = width >= SIDE_BY_SIDE;
    this.root.classList.toggle("beside", beside);
    const left = beside ? Math.min(WIDEST_PICTURE, Math.floor(width * PICTURE_SHARE)) : SMALL_PICTURE;
    this.left.style.width = `${beside ? left : width}px`;
    this.picture.layout(left);
    const right = beside ? width - left - 28 : width;
    (this.row ? this.bars : this.grid).layout(right);
    this.paint();
  }

  /** The maps' pixels, their scale, and the unit. */
  paint() {
    if (!this.row) this.grid.paint(this.unit[0], this.ownScale, this.theme.dark);
    this.painted = this.unit[0];
    this.mark();
  }

  mark() {
    const { maps, map, unit, row } = this;
    if (!row && this.painted !== unit[0]) {
      this.painted = unit[0];
      this.grid.paint(unit[0], this.ownScale, this.theme.dark);
    }
    const seen = fieldOf(row ? null : maps.field, unit, maps.picture_size);
    this.seen = seen;
    this.picture.draw(seen, this.theme, this.pinned);
    if (row) this.bars.paint(this.theme, map, this.pinned);
    else this.grid.mark(map, unit, this.pinned);
    this.slice.input.value = String(unit[0]);
    this.slice.shown.textContent = `${unit[0] + 1} of ${maps.cells[0]}`;
    const value = unitValue(maps, map, unit);
    this.tell(value, seen);
    this.drawLegend(value);
    Object.assign(this.root.dataset, {
      layer: maps.name,
      takes: String(this.takes),
      map: String(map),
      unit: unit.join(","),
      value: String(value),
      seen: JSON.stringify(row || !maps.field ? null : seen),
      pinned: String(this.pinned),
    });
  }

  tell(value, seen) {
    const { maps, map, unit, row, axes } = this;
    const scale = row ? maps : this.grid.scale(map, this.ownScale, this.theme.dark);
    const number = plain(Number(value.toFixed(decimalsOf(scale))));
    const place = row ? `Value ${map + 1}` : `Map ${map + 1}, ${unitText(unit, axes)}`;
    const exact = maps.exact || row ? ":" : ", about";
    const pinned = this.pinned ? " Pinned." : "";
    this.text.textContent = `${place}${exact} ${number}. ${fieldText(row ? null : maps.field, seen, axes)}${pinned}`;
  }

  drawLegend(value) {
    const { maps, row } = this;
    this.legend.hidden = row;
    if (row) return;
    const scale = this.grid.scale(this.map, this.ownScale, this.theme.dark);
    const stops = scale.table.filter((_, level) => level % 32 === 0).map(css);
    const bar = element("span", "bar", element("i", "pointer"));
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    const place = (value - scale.low) / (scale.high - scale.low || 1);
    bar.firstChild.style.left = `${100 * Math.max(0, Math.min(1, place))}%`;
    const decimals = decimalsOf(scale);
    const ends = [scale.low, scale.high].map((end) => plain(Number(end.toFixed(decimals))));
    const whose = this.ownScale && maps.codes.shape[0] > 1 ? `map ${this.map + 1}: ` : "";
    this.legend.replaceChildren(element("span", "low", whose + ends[0]), bar, element("span", "high", ends[1]));
    this.legend.title = maps.low < 0 ? "Negative to positive; 0 is in the middle" : "From 0 on";
  }

  move(map, row, column, slice = this.unit[0]) {
    const { maps } = this;
    this.map = clamp(map, maps.codes.shape[0]);
    this.unit = [slice, row, column].map((at, axis) => clamp(at, maps.cells[axis]));
    this.mark();
  }

  togglePin(map = this.map, row = this.unit[1], column = this.unit[2]) {
    const same = map === this.map && row === this.unit[1] && column === this.unit[2];
    this.pinned = !(same && this.pinned);
    this.move(map, row, column);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const [slice, row, column] = this.unit;
    if (ARROWS[key]) {
      const [, down, right] = ARROWS[key];
      if (this.row) this.move(this.map + right + down * this.bars.plan.columns, 0, 0);
      else this.move(this.map, row + down, column + right);
    } else if (key === "PageUp" || key === "PageDown") {
      this.move(this.map + (key === "PageDown" ? 1 : -1), row, column, slice);
    } else if (key === "Home" || key === "End") {
      if (this.row) this.move(key === "Home" ? 0 : Infinity, 0, 0);
      else this.move(this.map, row, key === "Home" ? 0 : Infinity);
    } else if (key === "Enter") {
      this.togglePin();
    } else if (key === "Escape" && this.pinned) {
      this.pinned = false;
      this.mark();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    this.observer.disconnect();
    this.root.remove();
  }
}

export default mounted(
  (parentElement) => new View(parentElement),
  (view, { data, setTriggerValue }) => view.update(data, setTriggerValue),
);
