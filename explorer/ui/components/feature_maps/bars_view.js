/** A row of values as bars, in as many strips as the width needs. */

import { css, colourOf } from "../player/colour.js";
import { fitted } from "../player/format.js";
import { sized } from "../player/surface.js";
import { scaleOf } from "./scale.js";

const NARROWEST = 4;
const WIDEST = 64;
const HEIGHT = 110;
const LOW_HEIGHT = 54; // of each of several strips
const GAP = 10;
const LABELS = 18;
const LABELLED = 30; // pixels from which on a bar has its number and value

/** How many bars stand in a strip, how wide they are, and how many strips there are. */
export function barsLayout(count, width) {
  const bar = Math.max(NARROWEST, Math.min(WIDEST, Math.floor(width / count)));
  const columns = Math.max(1, Math.min(count, Math.floor(width / bar)));
  return { bar, columns, strips: Math.ceil(count / columns) };
}

export class BarsView {
  constructor({ point, pin }) {
    this.element = document.createElement("div");
    this.element.className = "bars";
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.element.append(this.canvas);
    this.canvas.addEventListener("pointermove", (event) => this.at(event, point));
    this.canvas.addEventListener("click", (event) => this.at(event, pin));
  }

  at(event, tell) {
    const box = this.canvas.getBoundingClientRect();
    const { bar, columns } = this.plan;
    const column = Math.floor((event.clientX - box.left) / bar);
    const strip = Math.floor((event.clientY - box.top) / this.pitch);
    const index = strip * columns + column;
    if (column >= 0 && column < columns && index >= 0 && index < this.values.length) tell(index, 0, 0);
  }

  take(maps) {
    this.maps = maps;
    const { lows } = maps; // every value is a map of one cell
    this.values = lows.values;
    this.canvas.setAttribute("aria-label", `${maps.total} values of ${maps.name}`);
  }

  layout(width) {
    this.plan = barsLayout(this.values.length, width);
    const labelled = this.plan.bar >= LABELLED;
    this.height = this.plan.strips > 1 ? LOW_HEIGHT : HEIGHT;
    this.pitch = this.height + GAP + (labelled ? 2 * LABELS : 0);
    this.labelled = labelled;
    this.size = { width: this.plan.columns * this.plan.bar, height: this.plan.strips * this.pitch };
    this.pen = sized(this.canvas, this.size.width, this.size.height);
  }

  paint(theme, current, pinned) {
    const { pen, size, maps, plan } = this;
    const scale = scaleOf(maps.low, maps.high, theme.dark);
    const low = Math.min(0, maps.low);
    const span = Math.max(0, maps.high) - low || 1;
    pen.clearRect(0, 0, size.width, size.height);
    pen.font = `12px ${theme.font}`;
    pen.textAlign = "center";
    this.values.forEach((value, index) => {
      const x = (index % plan.columns) * plan.bar;
      const top = Math.floor(index / plan.columns) * this.pitch + (this.labelled ? LABELS : 0);
      const yOf = (each) => top + this.height * (1 - (each - low) / span);
      const gap = plan.bar > 8 ? 2 : 1;
      const [from, to] = [yOf(Math.max(0, value)), yOf(Math.min(0, value))];
      pen.fillStyle = maps.low < 0 ? css(colourOf(scale, value > 0 ? scale.high * 0.8 : scale.low * 0.8)) : theme.output;
      pen.fillRect(x + gap / 2, from, plan.bar - gap, Math.max(1, to - from));
      if (index === current) {
        pen.strokeStyle = theme.kernel;
        pen.lineWidth = pinned ? 3 : 2;
        pen.strokeRect(x + 1, top - 1, plan.bar - 2, this.height + 2);
      }
      if (!this.labelled) return;
      pen.fillStyle = theme.text;
      pen.fillText(fitted(value, Math.floor(plan.bar / 7)), x + plan.bar / 2, top - 5);
      pen.fillText(String(index + 1), x + plan.bar / 2, top + this.height + 14);
    });
  }
}
