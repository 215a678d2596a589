import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { barsLayout } from "../../../../explorer/ui/components/feature_maps/bars_view.js";
import { parseMaps, unitValue } from "../../../../explorer/ui/components/feature_maps/blob.js";
import { fieldAlong, fieldOf, fieldText, reachAlong, unitText } from "../../../../explorer/ui/components/feature_maps/field.js";
import { tileSize } from "../../../../explorer/ui/components/feature_maps/maps_view.js";
import { decimalsOf, scaleOf } from "../../../../explorer/ui/components/feature_maps/scale.js";

test("a field is cut where the picture ends, and the rest is padding", () => {
  const along = { size: 8, jump: 2, offset: -1 };
  assert.deepEqual(fieldAlong(along, 0, 28), { first: -1, stop: 7, from: 0, to: 7, before: 1, after: 0 });
  assert.deepEqual(fieldAlong(along, 11, 28), { first: 21, stop: 29, from: 21, to: 28, before: 0, after: 1 });
});

test("every cell of a field is inside or padding, once", () => {
  for (const size of [1, 3, 2.5, 40]) {
    for (const jump of [0.5, 1, 4]) {
      for (const offset of [-90, -3, -0.5, 0, 2]) {
        for (let unit = 0; unit < 12; unit++) {
          const { first, stop, from, to, before, after } = fieldAlong({ size, jump, offset }, unit, 9);
          assert.equal(Math.max(0, to - from) + before + after, stop - first, `${size} ${jump} ${offset} ${unit}`);
        }
      }
    }
  }
});

test("fields reach over both ends", () => {
  assert.deepEqual(reachAlong({ size: 8, jump: 2, offset: -1 }, 12, 28), { before: 1, after: 1 });
  assert.deepEqual(reachAlong(null, 12, 28), { before: 0, after: 0 });
});

test("fields in words", () => {
  const lengths = [1, 28, 28];
  const plane = { size: 1, jump: 1, offset: 0 };
  const field = [plane, { size: 3, jump: 1, offset: -1 }, { size: 3, jump: 1, offset: -1 }];
  assert.equal(
    fieldText(field, fieldOf(field, [0, 5, 0], lengths), 2),
    "It looks at 3 × 3 cells: rows 5 to 7 and columns 1 to 2, and padding.",
  );
  assert.equal(fieldText(null, fieldOf(null, [0, 0, 0], lengths), 2), "It looks at the whole picture.");
  const outside = [plane, { size: 2, jump: 1, offset: -9 }, plane];
  assert.equal(fieldText(outside, fieldOf(outside, [0, 0, 0], lengths), 2), "It looks at 2 × 1 cells, all of them padding.");
  assert.equal(unitText([0, 4, 6], 2), "row 5, column 7");
  assert.equal(unitText([2, 4, 6], 3), "slice 3, row 5, column 7");
});

test("activations have a scale from 0, or around 0", () => {
  assert.deepEqual([scaleOf(0, 2.5, false).low, scaleOf(0, 2.5, false).high], [0, 2.5]);
  assert.deepEqual([scaleOf(-1, 0.5, true).low, scaleOf(-1, 0.5, true).high], [-1, 1]);
  assert.equal(scaleOf(0, 0, false).high, 1);
  assert.equal(decimalsOf({ low: 0, high: 1200 }), 0);
  assert.equal(decimalsOf({ low: 0, high: 0.02 }), 5);
});

test("tiles keep the shape of a map and stay in the width", () => {
  for (const [count, rows, columns, width] of [[1, 28, 28, 700], [64, 7, 7, 300], [16, 112, 224, 500], [4, 1, 500, 300]]) {
    const size = tileSize(count, rows, columns, width);
    assert.ok(size.width <= width && size.width >= 8);
    if (rows > 1) assert.ok(Math.abs(size.width / size.height - columns / rows) < 0.05);
  }
});

test("bars wrap into strips", () => {
  assert.deepEqual(barsLayout(10, 700), { bar: 64, columns: 10, strips: 1 });
  assert.deepEqual(barsLayout(1024, 400), { bar: 4, columns: 100, strips: 11 });
});

test("a blob from Python is read back", { skip: !process.env.MAPS_BLOB }, () => {
  const maps = parseMaps(new Uint8Array(readFileSync(process.env.MAPS_BLOB)));
  const { units, values } = JSON.parse(process.env.MAPS_EXPECTED);
  units.forEach(([map, ...unit], index) => {
    const span = maps.highs.values[map] - maps.lows.values[map];
    const error = Math.abs(unitValue(maps, map, unit) - values[index]);
    assert.ok(error <= span / maps.most / 2 + 1e-6, `${unit}: ${error}`);
  });
});
