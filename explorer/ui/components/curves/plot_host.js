// A Plotly plot that grows while people look at it: one drawing at a time, none under a finger that
// is dragging, and again whenever its room changes.

import { adoptPlotlyStyle, loadPlotly } from "./plotly.js";

const RELEASES = ["pointerup", "pointercancel"];
const CONFIG = {
  displaylogo: false,
  responsive: false,
  doubleClick: "reset+autosize",
  modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
};

export class PlotHost {
  // `picture()` gives { plotly, traces, layout }, where to load the library from and what to draw,
  // or null while there is nothing; `drawn()` follows each drawing and each zoom, `failed(error)` a
  // library that did not load. `host` is the element around `plot`.
  constructor(root, host, { picture, drawn, failed }) {
    Object.assign(this, { root, host, picture, drawn, failed });
    this.dragging = false;
    this.draws = 0;
    this.plot = document.createElement("div");
    this.plot.className = "plot";
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(host);
    this.plot.addEventListener("pointerdown", () => (this.dragging = true));
    this.release = () => {
      this.dragging = false;
      // After Plotly itself has dealt with the end of the drag.
      setTimeout(() => this.pending && this.draw());
    };
    RELEASES.forEach((kind) => window.addEventListener(kind, this.release, true));
  }

  // What arrives while it draws is drawn afterwards, all at once.
  draw() {
    this.pending = true;
    this.drawing ??= this.drawPending().finally(() => (this.drawing = null));
  }

  async drawPending() {
    while (this.pending && !this.dragging && !this.closed) {
      if (this.host.clientWidth === 0) return;
      const picture = this.picture();
      if (!picture) return;
      this.pending = false;
      await this.drawOnce(picture);
    }
  }

  async drawOnce({ plotly, traces, layout }) {
    let Plotly;
    try {
      Plotly = await loadPlotly(plotly);
    } catch (error) {
      this.failed(error);
      return;
    }
    if (this.closed) return;
    if (this.draws === 0) adoptPlotlyStyle(this.root);
    const size = { width: this.plot.clientWidth, height: this.plot.clientHeight };
    await Plotly.react(this.plot, traces, { ...layout, ...size }, CONFIG);
    if (this.closed) return;
    if (this.draws === 0) this.plot.on("plotly_relayout", () => this.drawn()); // somebody zoomed
    this.draws += 1;
    this.drawn();
  }

  async close() {
    this.closed = true;
    this.observer.disconnect();
    RELEASES.forEach((kind) => window.removeEventListener(kind, this.release, true));
    this.host.remove();
    await this.drawing; // Plotly stumbles over a plot that is taken away while it draws
    globalThis.Plotly?.purge(this.plot);
  }
}
