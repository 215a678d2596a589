import assert from "node:assert/strict";
import test from "node:test";

import {
  columnsOf,
  curvesOf,
  heading,
  isLog,
  layout,
  measuresOf,
  placeNames,
  readings,
  smoothed,
  timeUnit,
  traces,
  valueAt,
} from "../../../../explorer/ui/components/run_curves/compared.js";

const points = (steps, values) => ({
  steps,
  seconds: steps.map((step) => step / 2),
  loss: values,
  accuracy: values.map((each) => each.map((value) => 1 - value)),
});
const run = (id, changes = {}) => ({
  run: id,
  name: `1 · ${id}`,
  colour: "#111111",
  symbol: "circle",
  steps_per_epoch: 4,
  contenders: [{ name: "CNN" }, { name: "Baseline" }],
  series: {
    training: points([1, 2, 3, 4], [[4, 3, 2, 1], [8, 7, 6, 5]]),
    validation: points([4], [[0.5], [0.25]]),
  },
  ...changes,
});
const view = (changes = {}) => ({
  measure: "loss",
  training: true,
  validation: true,
  unit: "step",
  smoothing: 0,
  log: false,
  hidden: new Set(),
  left: new Set(),
  emphasised: null,
  ...changes,
});

test("smoothing is a weighted mean that starts at the first value", () => {
  const values = [4, 8, 2, 6];
  assert.equal(smoothed(values, 0), values);
  smoothed(values, 0.8).forEach((mean, index) => {
    const weights = values.slice(0, index + 1).map((_, age) => 0.8 ** (index - age));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const expected = weights.reduce((sum, weight, at) => sum + weight * values[at], 0) / total;
    assert.ok(Math.abs(mean - expected) < 1e-12);
  });
  assert.deepEqual(smoothed([3, 3, 3].map(Number), 0.9).map((value) => value.toFixed(9)), Array(3).fill("3.000000000"));
});

test("every network of every run has its curves, by step, epoch or time", () => {
  const runs = [run("a"), run("b")];
  assert.equal(curvesOf(runs, view()).length, 8);
  const of = (changes) => curvesOf(runs, view({ validation: false, ...changes }))[0];
  assert.deepEqual(of().x, [1, 2, 3, 4]);
  assert.deepEqual(of({ unit: "epoch" }).x, [0.25, 0.5, 0.75, 1]);
  assert.deepEqual(of({ unit: "time" }).x, [0.5, 1, 1.5, 2]);
  assert.deepEqual(of({ measure: "accuracy" }).y, [-3, -2, -1, 0]);
  assert.notDeepEqual(of({ smoothing: 0.5 }).y, of().y);
  const epochs = { series: { ...run("a").series, validation: points([2, 4], [[4, 2], [4, 2]]) } };
  const [validation] = curvesOf([run("a", epochs)], view({ training: false, smoothing: 0.5 }));
  assert.deepEqual([validation.x, validation.y], [[2, 4], [4, 2]]); // never smoothed
  const shown = curvesOf(runs, view({ hidden: new Set(["a"]), left: new Set([1]) }));
  assert.deepEqual(shown.map(({ run: { run: id }, place, kind }) => [id, place, kind]), [
    ["b", 0, "training"],
    ["b", 0, "validation"],
  ]);
});

test("long runs are shown in minutes or hours", () => {
  const lasting = (seconds) => run("a", { series: { training: { ...points([1], [[1]]), seconds: [seconds] } } });
  assert.deepEqual([500, 5000, 50000].map((seconds) => timeUnit([lasting(seconds)]).short), ["s", "min", "h"]);
  assert.equal(timeUnit([]).short, "s");
});

test("a value is that of the last point before the place, within the run", () => {
  const x = [2, 4, 6];
  const y = [10, 20, 30];
  assert.deepEqual([1, 2, 3.9, 4, 6].map((place) => valueAt(x, y, place, 6)), [undefined, 10, 10, 20, 30]);
  assert.equal(valueAt(x, y, 7, 6), undefined);
  assert.equal(valueAt(x, y, 7, 8), 30); // training went on after the last epoch
  assert.equal(valueAt([], [], 1, 6), undefined);
});

test("all runs are read at one place", () => {
  const runs = [run("a"), run("b", { contenders: [{ name: "CNN" }] })];
  const read = (changes, place) => {
    const shown = view(changes);
    return readings(runs, columnsOf(runs, shown), curvesOf(runs, shown), shown, place).map(({ texts }) => texts);
  };
  assert.deepEqual(read({}, null), [["1.000", "0.500", "5.000", "0.250"], ["1.000", "0.500", "", ""]]);
  assert.deepEqual(read({ validation: false }, 2.5), [["3.000", "7.000"], ["3.000", ""]]);
  assert.deepEqual(read({ training: false }, 3), [["–", "–"], ["–", ""]]);
  assert.deepEqual(read({ measure: "accuracy", training: false }, null)[0], ["50.0 %", "75.0 %"]);
  assert.equal(heading(runs, view(), 1234.4), "Loss at step 1,234");
  assert.equal(heading(runs, view({ unit: "time" }), 3), "Loss after 3.0 s");
});

test("measures that no run has are not offered; values that do not exist are a dash", () => {
  const several = run("b");
  several.series.validation.average_precision = [[null], [0.75]];
  assert.deepEqual(measuresOf([run("a")]), ["loss", "accuracy"]);
  assert.deepEqual(measuresOf([run("a"), several]), ["loss", "accuracy", "average_precision"]);
  const shown = view({ measure: "average_precision" });
  const runs = [run("a"), several];
  const rows = readings(runs, columnsOf(runs, shown), curvesOf(runs, shown), shown, null);
  assert.deepEqual(rows.map(({ texts }) => texts), [["–", "–", "–", "–"], ["–", "–", "–", "0.750"]]);
});

test("networks are called by their name where all runs agree", () => {
  const other = run("b", { contenders: [{ name: "CNN" }, { name: "Wider" }] });
  assert.deepEqual(placeNames([run("a"), other]), ["CNN", "Second network"]);
  assert.deepEqual(placeNames([]), []);
});

test("names of people stay text, a run that is pointed at stands out", () => {
  const nasty = run("a", { name: "<b>1</b>" });
  const drawn = traces(curvesOf([nasty, run("b")], view()), view({ emphasised: "a" }));
  assert.ok(drawn.every(({ name }) => !name.includes("<")));
  assert.ok(Math.min(...drawn.slice(0, 4).map(({ opacity }) => opacity)) > 0.5);
  assert.ok(Math.max(...drawn.slice(4).map(({ opacity }) => opacity)) < 0.2);
});

test("zoom stays as long as runs, measure and axes do; only a loss is logarithmic", () => {
  const runs = [run("a"), run("b")];
  const key = (changes) => layout(runs, view(changes)).uirevision;
  assert.equal(key({ smoothing: 0.9, hidden: new Set(["a"]) }), key());
  const others = [{ measure: "accuracy" }, { unit: "time" }, { log: true }].map(key);
  assert.equal(new Set([key(), ...others]).size, 4);
  assert.equal(layout(runs, view({ log: true })).yaxis.type, "log");
  assert.equal(isLog(view({ log: true, measure: "accuracy" })), false);
});
