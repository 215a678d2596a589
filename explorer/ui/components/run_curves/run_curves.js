// Several runs in one plot: loss or accuracy by step, epoch or time. Pointing at the plot reads all
// of them at that place. Live runs go on moving; zoom and choices stay.

import { mounted } from "../mount.js";
import { PlotHost } from "../curves/plot_host.js";
import { merge } from "../curves/series.js";
import { Choices } from "./choices.js";
import {
  MARGIN,
  columnsOf,
  curvesOf,
  heading,
  layout,
  measuresOf,
  placeNames,
  readings,
  traces,
} from "./compared.js";
import { Readout } from "./readout.js";

const NARROW_BELOW = 760;
const KEY_STEP = 0.01; // of what is seen of the axis

let mounts = 0;

class RunCurves {
  constructor(root) {
    this.view = {
      measure: "loss",
      training: false,
      validation: true,
      unit: "step",
      smoothing: 0.6,
      log: false,
      hidden: new Set(),
      left: new Set(),
      emphasised: null,
    };
    this.series = new Map();
    this.runs = [];
    this.place = null;
    this.host = document.createElement("div");
    this.host.className = "run-curves";
    this.choices = new Choices(this.view, () => this.drawer.draw());
    this.readout = new Readout({
      toggle: (run) => this.toggle(run),
      emphasise: (run) => this.emphasise(run),
    });
    this.key = document.createElement("p");
    this.key.textContent =
      "Point at the plot, or focus it and press the arrow keys, to read all runs at that place. " +
      "Drag to zoom, double-click to see everything.";
    this.drawer = new PlotHost(root, this.host, {
      picture: () => this.picture(),
      drawn: () => this.drawn(),
      failed: (error) => (this.key.textContent = `${error.message} Reload the page to try again.`),
    });
    this.ruler = document.createElement("div");
    this.ruler.className = "ruler";
    this.around = document.createElement("div");
    this.around.className = "around";
    this.around.append(this.drawer.plot, this.ruler);
    this.watchPointer();
    const beside = document.createElement("div");
    beside.className = "beside";
    beside.append(this.around, this.readout.element);
    this.host.append(this.choices.element, beside, this.key);
    root.append(this.host);
    this.host.dataset.mounts = ++mounts;
  }

  watchPointer() {
    const { around } = this;
    around.tabIndex = 0;
    around.setAttribute("role", "img");
    around.setAttribute("aria-label", "Curves of the runs; the table holds the values");
    around.addEventListener("pointermove", (event) => {
      const left = event.clientX - around.getBoundingClientRect().left;
      this.read(this.placeOf(left));
    });
    around.addEventListener("pointerleave", () => this.read(null));
    around.addEventListener("blur", () => this.read(null));
    around.addEventListener("keydown", (event) => {
      const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const [first, last] = this.range();
      if (!direction || last === undefined) return;
      event.preventDefault();
      const next = (this.place ?? first) + direction * KEY_STEP * (last - first);
      this.read(Math.min(last, Math.max(first, next)));
    });
  }

  receive(message, askForAll) {
    const before = this.series;
    this.series = new Map();
    let gap = false;
    this.runs = message.runs.map((run) => {
      const merged = merge(before.get(run.run), run);
      gap ||= merged.gap;
      this.series.set(run.run, merged.series);
      return { ...run, series: merged.series };
    });
    this.plotly = message.plotly;
    if (gap) {
      this.host.dataset.gaps = Number(this.host.dataset.gaps ?? 0) + 1;
      askForAll();
      return;
    }
    // Runs that have no epoch behind them show nothing but their training.
    if (!this.looked && this.runs.some(({ series }) => series.training.steps.length)) {
      this.looked = true;
      if (!this.runs.some(({ series }) => series.validation.steps.length)) {
        this.choices.set("training", true);
      }
    }
    this.choices.nameNetworks(placeNames(this.runs));
    this.choices.offer(measuresOf(this.runs));
    this.drawer.draw();
  }

  toggle(run) {
    const { hidden } = this.view;
    if (!hidden.delete(run)) hidden.add(run);
    this.drawer.draw();
  }

  emphasise(run) {
    if (this.view.emphasised === run) return;
    this.view.emphasised = run;
    this.drawer.draw();
  }

  picture() {
    if (!this.plotly) return null;
    this.host.classList.toggle("narrow", this.host.clientWidth < NARROW_BELOW);
    this.curves = curvesOf(this.runs, this.view);
    return {
      plotly: this.plotly,
      traces: traces(this.curves, this.view),
      layout: layout(this.runs, this.view),
    };
  }

  // What is seen of the axis: [first, last].
  range() {
    return this.drawer.plot.layout?.xaxis?.range ?? [];
  }

  placeOf(left) {
    const [first, last] = this.range();
    const width = this.around.clientWidth - MARGIN.l - MARGIN.r;
    const share = (left - MARGIN.l) / width;
    return last === undefined || share < 0 || share > 1 ? null : first + share * (last - first);
  }

  read(place) {
    this.place = place;
    const [first, last] = this.range();
    const width = this.around.clientWidth - MARGIN.l - MARGIN.r;
    const share = place === null ? -1 : (place - first) / (last - first);
    this.ruler.hidden = !(share >= 0 && share <= 1);
    this.ruler.style.left = `${MARGIN.l + share * width}px`;
    if (!this.curves) return;
    const columns = columnsOf(this.runs, this.view);
    this.readout.draw(
      heading(this.runs, this.view, place),
      columns,
      readings(this.runs, columns, this.curves, this.view, place),
      this.view.hidden,
    );
    this.host.dataset.place = place === null ? "" : place.toFixed(2);
  }

  drawn() {
    this.read(this.place);
    const points = this.curves.map(({ x }) => x.length);
    // What tests and the curious can read.
    Object.assign(this.host.dataset, {
      draws: this.drawer.draws,
      curves: this.curves.length,
      points: points.reduce((sum, count) => sum + count, 0),
      lastStep: Math.max(0, ...this.runs.map(({ series }) => series.training.steps.at(-1) ?? 0)),
      xRange: this.range().map((end) => end.toFixed(2)).join(","),
      yType: this.drawer.plot.layout.yaxis.type,
    });
  }

  close() {
    this.drawer.close();
  }
}

export default mounted(
  (parentElement) => new RunCurves(parentElement),
  (chart, { data, setTriggerValue }) => {
    if (data) chart.receive(data, () => setTriggerValue("resync", String(Date.now())));
  },
);
