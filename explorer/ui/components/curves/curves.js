// Loss and accuracy of a run while it trains. The server sends only what is new; zoom and hover of
// whoever is looking survive, and nothing is drawn under a finger that is dragging.

import { mounted } from "../mount.js";
import { layout, traces } from "./chart.js";
import { drawLegend, legendRows } from "./legend.js";
import { Marker } from "./marker.js";
import { PlotHost } from "./plot_host.js";
import { lastStep, merge } from "./series.js";

const STACKED_BELOW = 640;

let mounts = 0;

class Chart {
  constructor(root) {
    this.series = null;
    this.host = document.createElement("div");
    this.host.className = "curves";
    this.legend = document.createElement("table");
    this.key = document.createElement("p");
    this.key.textContent =
      "Thin: training pictures, the mean since the point before. " +
      "Bold with dots: validation pictures, never trained on, at the end of each epoch. " +
      "Drag to zoom, double-click to see everything.";
    this.drawer = new PlotHost(root, this.host, {
      picture: () => this.picture(),
      drawn: () => this.drawn(),
      failed: (error) => (this.key.textContent = `${error.message} Reload the page to try again.`),
    });
    this.host.append(this.legend, this.drawer.plot, this.key);
    root.append(this.host);
    this.marker = new Marker(this.drawer.plot, () => this.series?.run);
    this.host.dataset.mounts = ++mounts;
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
    this.drawer.draw();
  }

  picture() {
    if (!this.message) return null;
    const { contenders, steps_per_epoch: stepsPerEpoch, plotly, several } = this.message;
    drawLegend(this.legend, legendRows(this.series, contenders, several), contenders);
    const stacked = this.host.clientWidth < STACKED_BELOW;
    this.host.classList.toggle("narrow", stacked);
    const step = lastStep(this.series.training);
    return {
      plotly,
      traces: traces(this.series, contenders, several),
      layout: layout({ run: this.series.run, lastStep: step, stepsPerEpoch, stacked, several }),
    };
  }

  // What tests and the curious can read.
  drawn() {
    this.marker.place();
    const { training, validation, run } = this.series;
    Object.assign(this.host.dataset, {
      run,
      draws: this.drawer.draws,
      points: training.steps.length,
      validationPoints: validation.steps.length,
      lastStep: lastStep(training),
      // Plotly chooses no range where it finds no room to draw, as on a page being left.
      xRange: (this.drawer.plot.layout.xaxis.range ?? []).map((end) => end.toFixed(2)).join(","),
    });
  }

  close() {
    this.marker.close();
    this.drawer.close();
  }
}

export default mounted(
  (parentElement) => new Chart(parentElement),
  (chart, { data, setTriggerValue }) => {
    if (data) chart.receive(data, () => setTriggerValue("resync", chart.series?.run ?? ""));
  },
);
