/** Play, and a slider over the moments of a training. */

import { element } from "./page.js";

const PLAY_MILLISECONDS = 220;
const grouped = new Intl.NumberFormat("en");

export class Timeline {
  /** `change(index)` is called when people move, with the place of the moment. */
  constructor(change) {
    this.change = change;
    this.steps = [];
    this.index = 0;
    this.button = element("button", "tool", "");
    this.button.type = "button";
    this.button.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    this.input = document.createElement("input");
    this.input.type = "range";
    this.input.min = "0";
    this.input.setAttribute("aria-label", "Moment of the training");
    this.input.addEventListener("input", () => {
      const index = Number(this.input.value);
      this.pause();
      this.move(index);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.button.click();
    });
    this.text = element("output", "where");
    this.element = element("div", "timeline", this.button, this.input, this.text);
    this.show();
  }

  /** The moments that there are, of `total` steps, and at which one it stands. */
  take(steps, total, index) {
    this.steps = steps;
    this.total = total;
    this.index = index;
    this.input.max = String(Math.max(0, steps.length - 1));
    this.show();
  }

  move(index) {
    this.index = index;
    this.show();
    this.change(index);
  }

  play() {
    if (this.index >= this.steps.length - 1) this.move(0);
    this.playing = setInterval(() => {
      if (this.index < this.steps.length - 1) this.move(this.index + 1);
      if (this.index >= this.steps.length - 1) this.pause();
    }, PLAY_MILLISECONDS);
    this.show();
  }

  pause() {
    clearInterval(this.playing);
    this.playing = null;
    this.show();
  }

  show() {
    this.button.textContent = this.playing ? "⏸ Pause" : "▶ Play";
    this.button.setAttribute("aria-label", this.playing ? "Pause (space)" : "Play the training (space)");
    this.input.value = String(this.index);
    const step = this.steps[this.index] ?? 0;
    const where = step
      ? `after step ${grouped.format(step)} of ${grouped.format(this.total)}`
      : "before the first step";
    this.text.textContent = where;
    this.input.setAttribute("aria-valuetext", where);
  }
}
