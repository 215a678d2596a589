// What Plotly is asked to draw. Pure functions; colours of text and grid come from curves.css,
// where they follow the theme.

const LOSS = { field: "loss", title: "Loss · lower is better", format: ".4f" };
const ACCURACY = { field: "accuracy", title: "Accuracy · higher is better", format: ".1%" };
const AVERAGE_PRECISION = {
  field: "average_precision",
  title: "Mean average precision · higher is better",
  format: ".3f",
  validationOnly: true,
};

// Where pictures have several labels, saying no to everything has a high accuracy already.
const measures = (several) => [LOSS, several ? AVERAGE_PRECISION : ACCURACY];
const EPOCH_MARKS = 8;
const FADED = 0.55;
const GREY = "#8C8C8C";

// "x" and "y" for the first plot, "x2" and "y2" for the second, as Plotly names axes.
const axis = (letter, index) => letter + (index === 0 ? "" : String(index + 1));

export function traces(series, contenders, several = false) {
  return measures(several).flatMap(({ field, format, validationOnly }, plot) =>
    contenders.flatMap(({ name, colour }, index) => {
      const shared = { type: "scatter", xaxis: axis("x", plot), yaxis: axis("y", plot) };
      const label = plainText(name);
      return [
        {
          ...shared,
          name: `${label}, training`,
          x: series.training.steps,
          y: series.training[field]?.[index] ?? [],
          mode: "lines",
          opacity: FADED,
          line: { color: colour, width: 1.5 },
          hovertemplate: `%{y:${format}}`,
        },
        {
          ...shared,
          name: `${label}, validation`,
          x: series.validation.steps,
          y: series.validation[field]?.[index] ?? [],
          mode: "lines+markers",
          line: { color: colour, width: 2.5 },
          // A dot for each of many epochs would make a band that hides the other contender.
          marker: { color: colour, size: 6, maxdisplayed: 60 },
          hovertemplate: `%{y:${format}}`,
        },
      ].slice(validationOnly ? 1 : 0);
    }),
  );
}

// Plotly reads a few HTML tags in its texts; names written by people must stay as they are.
export function plainText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

// The epochs to mark, at most EPOCH_MARKS of them, evenly and round: every 1st, 2nd, 5th, 10th, ...
export function markedEpochs(lastStep, stepsPerEpoch) {
  const complete = stepsPerEpoch > 0 ? Math.floor(lastStep / stepsPerEpoch) : 0;
  const fits = (every) => complete / every <= EPOCH_MARKS;
  let power = 1;
  while (!fits(5 * power)) power *= 10;
  const every = [1, 2, 5].map((digit) => digit * power).find(fits);
  return Array.from({ length: Math.floor(complete / every) }, (_, index) => (index + 1) * every);
}

function epochMarks(lastStep, stepsPerEpoch, plot) {
  const marks = markedEpochs(lastStep, stepsPerEpoch);
  const place = (epoch) => ({
    xref: axis("x", plot),
    yref: `${axis("y", plot)} domain`,
    step: epoch * stepsPerEpoch,
  });
  return {
    shapes: marks.map(place).map(({ xref, yref, step }) => ({
      type: "line",
      layer: "below",
      xref,
      yref,
      x0: step,
      x1: step,
      y0: 0,
      y1: 1,
      line: { width: 1, dash: "dot", color: GREY },
      opacity: 0.5,
    })),
    annotations: marks.map((epoch) => {
      const { xref, yref, step } = place(epoch);
      const text = epoch === marks[0] ? `epoch ${epoch}` : String(epoch);
      return { xref, yref, x: step, y: 1, text, showarrow: false, yanchor: "bottom", font: { size: 11 } };
    }),
  };
}

// Side by side where there is room, else one above the other.
export function layout({ run, lastStep, stepsPerEpoch, stacked, several = false }) {
  const shown = measures(several);
  const marks = shown.map((_, plot) => epochMarks(lastStep, stepsPerEpoch, plot));
  const domains = stacked
    ? [{ x: [0, 1], y: [0.58, 0.93] }, { x: [0, 1], y: [0, 0.35] }]
    : [{ x: [0, 0.46], y: [0, 0.88] }, { x: [0.54, 1], y: [0, 0.88] }];
  const result = {
    uirevision: run,
    hovermode: "x unified",
    dragmode: "zoom",
    showlegend: false,
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 44, r: 12, t: 8, b: 40 },
    shapes: marks.flatMap(({ shapes }) => shapes),
    annotations: marks.flatMap(({ annotations }) => annotations),
  };
  shown.forEach(({ field, title }, plot) => {
    const { x, y } = domains[plot];
    result.annotations.push({
      xref: "paper",
      yref: "paper",
      x: x[0],
      y: y[1] + (stacked ? 0.07 : 0.12),
      text: `<b>${title}</b>`,
      showarrow: false,
      xanchor: "left",
      yanchor: "top",
      font: { size: 13 },
    });
    result[axis("xaxis", plot)] = {
      domain: x,
      anchor: axis("y", plot),
      title: { text: "step", standoff: 4, font: { size: 12 } },
      rangemode: "tozero",
      showgrid: false,
      zeroline: false,
      hoverformat: "d",
      spikecolor: GREY,
      spikethickness: 1,
    };
    result[axis("yaxis", plot)] = {
      domain: y,
      anchor: axis("x", plot),
      rangemode: "tozero",
      zeroline: false,
      ...(field === "accuracy" ? { tickformat: ".0%" } : {}),
    };
  });
  return result;
}
