// Loss and accuracy of a run while it trains. The server sends only what is new; zoom and hover of
// whoever is looking survive, and nothing is drawn under a finger that is dragging.

import { layout, traces } from "./chart.js";
import { drawLegend, legendRows } from "./legend.js";
import { adoptPlotlyStyle, loadPlotly } from "./plotly.js";
import { lastStep, merge } from "./series.js";

const STACKED_BELOW = 640;
const RELEASES = ["pointerup", "pointercancel"];
const CONFIG = {
  displaylogo: false,
  responsive: false,
  doubleClick: "reset+autosize",
  modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
};

const charts = new WeakMap();
let mounts = 0;

class Chart {
  constructor(root) {
    this.root = root;
    this.series = null;
    this.dragging = false;
    this.draws = 0;
    this.host = document.createElement("div");
    this.host.className = "curves";
    this.legend = document.createElement("table");
    this.plot = document.createElement("div");
    this.plot.className = "plot";
    this.key = document.createElement("p");
    this.key.textContent =
      "Thin: training pictures, the mean since the point before. " +
      "Bold with dots: validation pictures, never trained on, at the end of each epoch. " +
      "Drag to zoom, double-click to see everything.";
    this.host.append(this.legend, this.plot, this.key);
    root.append(this.host);
    this.host.dataset.mounts = ++mounts;
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.host);
    this.plot.addEventListener("pointerdown", () => (this.dragging = true));
    this.release = () => {
      this.dragging = false;
      // After Plotly itself has dealt with the end of the drag.
      setTimeout(() => this.pending && this.draw());
    };
    RELEASES.forEach((kind) => window.addEventListener(kind, this.release, true));
  }

  receive(message, askForAll) {
    const { series, gap } = merge(this.series, message);
    if (gap) {
      this.host.dataset.gaps = Number(this.host.dataset.gaps ?? 0) + 1;
      askForAll();
      return;
    }
    this.series = series;
    this.message = message;
    this.host.dataset.received = Number(this.host.dataset.received ?? 0) + 1;
    this.draw();
  }

  // One drawing at a time: what arrives meanwhile is drawn afterwards, all at once.
  draw() {
    this.pending = true;
    this.drawing ??= this.drawPending().finally(() => (this.drawing = null));
  }

  async drawPending() {
    while (this.pending && !this.dragging && !this.closed) {
      if (!this.message || this.host.clientWidth === 0) return;
      this.pending = false;
      await this.drawOnce();
    }
  }

  async drawOnce() {
    const { contenders, steps_per_epoch: stepsPerEpoch, plotly: path } = this.message;
    drawLegend(this.legend, legendRows(this.series, contenders), contenders);
    const stacked = this.host.clientWidth < STACKED_BELOW;
    this.host.classList.toggle("narrow", stacked);
    let Plotly;
    try {
      Plotly = await loadPlotly(path);
    } catch (error) {
      this.key.textContent = `${error.message} Reload the page to try again.`;
      return;
    }
    if (this.closed) return;
    if (this.draws === 0) adoptPlotlyStyle(this.root);
    await Plotly.react(
      this.plot,
      traces(this.series, contenders),
      {
        ...layout({ run: this.series.run, lastStep: lastStep(this.series.training), stepsPerEpoch, stacked }),
        width: this.plot.clientWidth,
        height: this.plot.clientHeight,
      },
      CONFIG,
    );
    if (this.closed) return;
    this.draws += 1;
    this.tell();
  }

  // What tests and the curious can read.
  tell() {
    const { training, validation, run } = this.series;
    Object.assign(this.host.dataset, {
      run,
      draws: this.draws,
      points: training.steps.length,
      validationPoints: validation.steps.length,
      lastStep: lastStep(training),
      // Plotly chooses no range where it finds no room to draw, as on a page being left.
      xRange: (this.plot.layout.xaxis.range ?? []).map((end) => end.toFixed(2)).join(","),
    });
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

export default function curves({ parentElement, data, setTriggerValue }) {
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = new Chart(parentElement);
    charts.set(parentElement, chart);
  }
  if (data) chart.receive(data, () => setTriggerValue("resync", chart.series?.run ?? ""));
  return () => {
    chart.close();
    charts.delete(parentElement);
  };
}
