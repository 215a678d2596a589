// A line over all plots at the step that is looked at. It is laid over the plots, for to have
// Plotly draw it anew at every step would be too slow to follow a finger.

import { lookAt, onMoment, stepOf } from "./moment.js";

const PLOTS = ["", "2", "3"]; // what the names of their axes end in, of as many as there may be

export class Marker {
  /** For a Plotly element; `run` says whose curves it shows. */
  constructor(plot, run) {
    this.plot = plot;
    this.run = run;
    this.lines = PLOTS.map(() => {
      const line = document.createElement("i");
      line.className = "moment";
      line.hidden = true;
      return line;
    });
    plot.after(...this.lines);
    this.forget = onMoment(() => this.place());
  }

  /** After the plot was drawn. */
  place() {
    this.listen();
    const step = stepOf(this.run());
    const layout = this.plot._fullLayout;
    this.lines.forEach((line, index) => {
      const [x, y] = ["xaxis", "yaxis"].map((axis) => layout?.[axis + PLOTS[index]]);
      const along = step === null || !x?._length ? -1 : x.l2p(step);
      line.hidden = !(along >= 0 && along <= x?._length);
      if (line.hidden) return;
      line.style.left = `${this.plot.offsetLeft + x._offset + along}px`;
      line.style.top = `${this.plot.offsetTop + y._offset}px`;
      line.style.height = `${y._length}px`;
    });
  }

  // Plotly's events can be heard once it has drawn.
  listen() {
    if (this.listening || !this.plot.on) return;
    this.listening = true;
    this.plot.on("plotly_relayout", () => this.place());
    this.plot.on("plotly_click", ({ points }) => points.length && lookAt(this.run(), points[0].x));
  }

  close() {
    this.forget();
  }
}
