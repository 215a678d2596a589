import assert from "node:assert/strict";
import test from "node:test";

import { layout, markedEpochs, plainText, traces } from "../../../../explorer/ui/components/curves/chart.js";
import { legendRows } from "../../../../explorer/ui/components/curves/legend.js";
import { emptySeries, lastStep, merge, thin } from "../../../../explorer/ui/components/curves/series.js";

const contenders = [
  { name: "CNN", colour: "#111111" },
  { name: "Baseline", colour: "#222222" },
];
const columns = (steps) => ({
  steps,
  seconds: steps.map((step) => step / 10),
  loss: [steps.map((step) => 1 / step), steps.map((step) => 2 / step)],
  accuracy: [steps.map((step) => step / 100), steps.map((step) => step / 200)],
});
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const message = (after, steps, epochs = [], run = "a") => ({
  run,
  contenders,
  after,
  training: columns(steps),
  validation: columns(epochs),
});

test("parts follow one another, whatever they repeat", () => {
  let state = merge(null, message(0, range(1, 10), [5, 10]));
  state = merge(state.series, message(8, range(9, 15), [10, 15]));
  assert.equal(state.gap, false);
  assert.deepEqual(state.series.training, columns(range(1, 15)));
  assert.deepEqual(state.series.validation, columns([5, 10, 15]));
  state = merge(state.series, message(8, range(9, 15), [10, 15])); // the same again
  assert.deepEqual(state.series.training, columns(range(1, 15)));
});

test("where pictures have several labels, mean average precision takes the place of accuracy", () => {
  const ranked = (after, steps, epochs, ...values) => {
    const part = message(after, steps, epochs);
    return { ...part, validation: { ...part.validation, average_precision: values } };
  };
  let state = merge(null, message(0, range(1, 3)));
  state = merge(state.series, ranked(0, range(1, 10), [5, 10], [0.1, 0.2], [0.3, null]));
  state = merge(state.series, ranked(8, range(9, 15), [10, 15], [0.2, 0.4], [null, 0.5]));
  assert.deepEqual(state.series.validation.average_precision, [[0.1, 0.2, 0.4], [0.3, null, 0.5]]);
  const drawn = traces(state.series, contenders, true).filter(({ yaxis }) => yaxis === "y2");
  assert.deepEqual(drawn.map(({ name }) => name), ["CNN, validation", "Baseline, validation"]);
  assert.deepEqual(drawn[0].y, [0.1, 0.2, 0.4]);
  const { annotations, yaxis2 } = layout({ run: "a", lastStep: 15, stepsPerEpoch: 5, several: true });
  assert.ok(annotations.some(({ text }) => text.includes("Mean average precision")));
  assert.equal(yaxis2.tickformat, undefined);
  const rows = legendRows(state.series, contenders, true);
  assert.deepEqual(rows.map((row) => row.at(-1)), ["mean average precision", "0.400", "0.500"]);
  assert.equal(traces(state.series, contenders).length, 8);
});

test("a part that does not follow is a gap and changes nothing", () => {
  const first = merge(null, message(0, range(1, 10)));
  const second = merge(first.series, message(11, range(12, 20)));
  assert.equal(second.gap, true);
  assert.deepEqual(second.series, first.series);
  assert.equal(merge(second.series, message(10, range(11, 20))).gap, false);
});

test("a component that was just mounted notices that it missed the beginning", () => {
  assert.equal(merge(null, message(5, range(6, 9))).gap, true);
  assert.equal(merge(null, message(0, [])).gap, false);
});

test("complete curves replace what was known, another run forgets it", () => {
  const first = merge(null, message(0, range(1, 10), [10]));
  const again = merge(first.series, message(0, range(1, 4), []));
  assert.deepEqual(again.series.training, columns(range(1, 4)));
  assert.deepEqual(again.series.validation, columns([]));
  const other = merge(first.series, message(0, [1], [], "b"));
  assert.deepEqual(other.series, { run: "b", training: columns([1]), validation: columns([]) });
  assert.equal(merge(first.series, message(5, [6], [], "b")).gap, true);
});

test("thinning keeps the newest points, the last step and the mean", () => {
  const steps = range(1, 1001);
  const line = { steps, seconds: steps, loss: [steps], accuracy: [steps] };
  const thinned = thin(line, 300);
  assert.ok(thinned.steps.length <= 300);
  assert.equal(lastStep(thinned), 1001);
  assert.deepEqual(thinned.seconds, thinned.steps);
  assert.deepEqual(thinned.steps.slice(-100), range(902, 1001));
  // On a straight line each mean lies in the middle of the steps it stands for.
  thinned.loss[0].forEach((loss, index) => {
    const middle = ((thinned.steps[index - 1] ?? 0) + 1 + thinned.steps[index]) / 2;
    assert.ok(Math.abs(loss - middle) <= 1, `${loss} at ${middle}`);
  });
  assert.equal(thin(line, 1001), line);
});

test("each contender has a training and a validation trace in both plots, in its colour", () => {
  const { series } = merge(null, message(0, [1, 2], [2]));
  const drawn = traces(series, contenders);
  assert.equal(drawn.length, 8);
  const [lossTraining, lossValidation] = drawn.filter(
    ({ line, yaxis }) => line.color === "#222222" && yaxis === "y",
  );
  assert.deepEqual([lossTraining.x, lossTraining.y], [[1, 2], [2, 1]]);
  assert.deepEqual([lossValidation.x, lossValidation.y], [[2], [1]]);
  assert.equal(lossValidation.mode, "lines+markers");
  const accuracy = drawn.filter(({ yaxis, xaxis }) => yaxis === "y2" && xaxis === "x2");
  assert.deepEqual(accuracy.map(({ y }) => y), [[0.01, 0.02], [0.02], [0.005, 0.01], [0.01]]);
});

test("names of people stay text", () => {
  assert.equal(plainText("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;");
  const nasty = [{ name: "<a href='x'>CNN</a>", colour: "#111111" }];
  const drawn = traces(emptySeries("a", nasty), nasty);
  assert.ok(drawn.every(({ name }) => !name.includes("<")));
});

test("epochs are marked when complete, at most eight, at round numbers", () => {
  assert.deepEqual(markedEpochs(0, 20), []);
  assert.deepEqual(markedEpochs(19, 20), []);
  assert.deepEqual(markedEpochs(60, 20), [1, 2, 3]);
  assert.deepEqual(markedEpochs(600, 20), [5, 10, 15, 20, 25, 30]);
  assert.deepEqual(markedEpochs(5, 0), []);
  for (let complete = 1; complete < 3000; complete += 1) {
    const marks = markedEpochs(complete * 7 + 3, 7);
    assert.ok(marks.length >= 2 || complete === 1, `${complete}`);
    assert.ok(marks.length <= 8 && marks.at(-1) <= complete, `${complete}`);
    assert.ok([1, 2, 5].includes(Number(String(marks[0])[0])), `${complete}`);
  }
});

test("the same run keeps the zoom, another one starts afresh; narrow stacks the plots", () => {
  const wide = layout({ run: "a", lastStep: 40, stepsPerEpoch: 20, stacked: false });
  assert.equal(wide.uirevision, "a");
  assert.ok(wide.xaxis.domain[1] < wide.xaxis2.domain[0]);
  assert.deepEqual(wide.shapes.map(({ x0, xref }) => [x0, xref]), [
    [20, "x"], [40, "x"], [20, "x2"], [40, "x2"],
  ]);
  const narrow = layout({ run: "a", lastStep: 40, stepsPerEpoch: 20, stacked: true });
  assert.deepEqual(narrow.xaxis.domain, narrow.xaxis2.domain);
  assert.ok(narrow.yaxis2.domain[1] < narrow.yaxis.domain[0]);
});

test("the legend shows the newest values, a dash where there are none", () => {
  const { series } = merge(null, message(0, [1, 4], []));
  assert.deepEqual(legendRows(series, contenders).slice(1), [
    ["CNN", "0.250", "4.0 %", "–", "–"],
    ["Baseline", "0.500", "2.0 %", "–", "–"],
  ]);
});
