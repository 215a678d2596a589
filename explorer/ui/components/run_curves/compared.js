// The curves of several runs in one plot: what is drawn, and what is read at one place. Pure
// functions.
//
// A run is { run, name, colour, symbol, steps_per_epoch, contenders: [{ name }], series }; a view is
// { measure, training, validation, unit, smoothing, log, hidden: Set of runs, left: Set of contender
// places, emphasised: run or null }.

import { plainText } from "../curves/chart.js";

export const MEASURES = {
  loss: { title: "Loss", better: "lower is better", tick: "" },
  accuracy: { title: "Accuracy", better: "higher is better", tick: ".0%" },
  // Of pictures with several labels, on validation.
  average_precision: { title: "Mean average precision", better: "higher is better", tick: "" },
};
const KINDS = ["training", "validation"];
export const DASHES = ["solid", "dash", "dot", "dashdot"];
const FAINT = 0.12;
const TIMES = [
  { most: 600, divisor: 1, name: "seconds", short: "s" },
  { most: 36000, divisor: 60, name: "minutes", short: "min" },
  { most: Infinity, divisor: 3600, name: "hours", short: "h" },
];

// The exponential moving average that begins at the first value and not at 0: each value is the
// mean of all before it, weighted by weight ** age (as Adam corrects its means, Kingma & Ba 2014).
export function smoothed(values, weight) {
  if (!weight) return values;
  let mean = 0;
  let share = 1;
  return values.map((value) => {
    mean = weight * mean + (1 - weight) * value;
    share *= weight;
    return mean / (1 - share);
  });
}

// The unit in which the longest of the runs is easy to read.
export function timeUnit(runs) {
  const longest = Math.max(0, ...runs.map(({ series }) => series.training.seconds.at(-1) ?? 0));
  return TIMES.find(({ most }) => longest <= most);
}

function places(columns, run, unit, time) {
  if (unit === "epoch") return columns.steps.map((step) => step / (run.steps_per_epoch || 1));
  if (unit === "time") return columns.seconds.map((seconds) => seconds / time.divisor);
  return columns.steps;
}

// Every curve that is to be seen: { run, place, kind, x, y }, runs in their order.
export function curvesOf(runs, view) {
  const time = timeUnit(runs);
  const kinds = KINDS.filter((kind) => view[kind]);
  return runs
    .filter(({ run }) => !view.hidden.has(run))
    .flatMap((run) =>
      run.contenders.flatMap((_, place) =>
        view.left.has(place)
          ? []
          : kinds.map((kind) => {
              const columns = run.series[kind];
              const y = columns[view.measure]?.[place] ?? [];
              return {
                run,
                place,
                kind,
                x: places(columns, run, view.unit, time),
                y: kind === "training" ? smoothed(y, view.smoothing) : y,
              };
            }),
      ),
    );
}

export function traces(curves, view) {
  const bothKinds = view.training && view.validation;
  return curves.map(({ run, place, kind, x, y }) => {
    const bold = kind === "validation" || !bothKinds;
    const faint = view.emphasised !== null && view.emphasised !== run.run;
    return {
      type: "scatter",
      name: plainText(`${run.name}, ${run.contenders[place].name}, ${kind}`),
      x,
      y,
      mode: kind === "validation" ? "lines+markers" : "lines",
      opacity: faint ? FAINT : bold ? 1 : 0.55,
      line: { color: run.colour, width: bold ? 2.25 : 1.25, dash: DASHES[place % DASHES.length] },
      marker: { color: run.colour, size: 6, symbol: run.symbol, maxdisplayed: 40 },
      hoverinfo: "skip",
    };
  });
}

export function layout(runs, view) {
  const { title, better, tick } = MEASURES[view.measure];
  const time = timeUnit(runs);
  const across = {
    step: "step",
    epoch: "epoch",
    time: `${time.name} since training began, pauses left out`,
  }[view.unit];
  return {
    // Whoever asks for another measure or another axis wants to see all of it.
    uirevision: [...runs.map(({ run }) => run), view.measure, view.unit, view.log].join(" "),
    hovermode: false,
    dragmode: "zoom",
    showlegend: false,
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: MARGIN,
    xaxis: {
      title: { text: across, standoff: 4, font: { size: 12 } },
      showgrid: false,
      zeroline: false,
      rangemode: "nonnegative",
    },
    yaxis: {
      title: { text: `${title} · ${better}`, standoff: 6, font: { size: 12 } },
      type: isLog(view) ? "log" : "linear",
      tickformat: isLog(view) ? ".3~g" : tick,
      zeroline: false,
      ...(isLog(view) ? { dtick: "D2" } : {}),
    },
  };
}

// Pixels around the plot, fixed so that a place on the screen is a place on the axis.
export const MARGIN = { l: 60, r: 12, t: 10, b: 42 };

// An accuracy has no zero to come close to.
export const isLog = (view) => view.log && view.measure === "loss";

// The value of the last point at or before a place; undefined before the first and after `end`.
export function valueAt(x, y, place, end) {
  if (place > end || x.length === 0 || place < x[0]) return undefined;
  let low = 0;
  let high = x.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= place) low = middle;
    else high = middle;
  }
  return y[low];
}

export const shownValue = (value, measure) => {
  if (value === undefined || value === null) return "–";
  if (measure === "accuracy") return `${(100 * value).toFixed(1)} %`;
  return value >= 1000 ? value.toExponential(1) : value.toFixed(3);
};

// The columns of the table: every network that is shown, on every kind of pictures.
export function columnsOf(runs, view) {
  const kinds = KINDS.filter((kind) => view[kind]);
  return placeNames(runs).flatMap((name, place) =>
    view.left.has(place) ? [] : kinds.map((kind) => ({ place, name, kind })),
  );
}

// One row per run, { run, texts }: its values at `at` on the axis or, if that is null, the newest.
export function readings(runs, columns, curves, view, at) {
  const found = new Map(curves.map((each) => [`${each.run.run} ${each.place} ${each.kind}`, each]));
  return runs.map((run) => {
    const mine = columns.map(({ place, kind }) => found.get(`${run.run} ${place} ${kind}`));
    const end = Math.max(...mine.map((curve) => curve?.x.at(-1) ?? 0));
    const texts = mine.map((curve) => {
      if (!curve) return "";
      const value = at === null ? curve.y.at(-1) : valueAt(curve.x, curve.y, at, end);
      return shownValue(value, view.measure);
    });
    return { run, texts };
  });
}

// Where it is read, in words.
export function heading(runs, view, place) {
  const { title } = MEASURES[view.measure];
  if (place === null) return `${title}, newest values`;
  if (view.unit === "epoch") return `${title} at epoch ${place.toFixed(1)}`;
  if (view.unit === "step") return `${title} at step ${Math.round(place).toLocaleString("en")}`;
  const { short } = timeUnit(runs);
  return `${title} after ${place.toFixed(1)} ${short}`;
}

// The measures that at least one of the runs has.
export const measuresOf = (runs) =>
  Object.keys(MEASURES).filter((measure) => runs.some(({ series }) => series.validation[measure]));

const NTH = ["First", "Second", "Third", "Fourth"];

// What the contenders at each place are called together.
export function placeNames(runs) {
  const most = Math.max(0, ...runs.map(({ contenders }) => contenders.length));
  return Array.from({ length: most }, (_, place) => {
    const names = new Set(runs.flatMap(({ contenders }) => contenders[place]?.name ?? []));
    return names.size === 1 ? [...names][0] : `${NTH[place]} network`;
  });
}
