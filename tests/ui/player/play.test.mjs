import assert from "node:assert/strict";
import { test } from "node:test";
import { advance, rateOf, stepOf } from "../../../explorer/ui/components/player/clock.js";
import { openingPlay, restingStep } from "../../../explorer/ui/components/player/opening.js";
import {
  arrangement,
  cellUnder,
  fit,
  planArithmetic,
} from "../../../explorer/ui/components/player/plan.js";
import { textbook } from "./helpers.mjs";

const play = { place: 0, rest: 0, playing: true, loop: true, speed: 0 };

test("speed goes from one cell a second to the whole picture in one", () => {
  assert.equal(rateOf(0, 784), 1);
  assert.equal(rateOf(1, 784), 784);
  assert.equal(rateOf(0.5, 784), 28);
  assert.equal(rateOf(1, 1), 1);
});

test("a play advances by its rate, rests at the end, and starts again", () => {
  assert.equal(advance(play, 10, 2.5).place, 2.5);
  const end = advance({ ...play, place: 9.5 }, 10, 0.6);
  assert.equal(stepOf(end.place, 10), 9);
  assert.ok(end.playing);
  assert.equal(advance(end, 10, 5).place, 0);
});

test("without loop it stops on the last cell", () => {
  const end = advance({ ...play, loop: false, place: 9.5 }, 10, 5);
  assert.deepEqual([end.place, end.playing], [9, false]);
});

test("paused, nothing moves", () => {
  assert.deepEqual(advance({ ...play, playing: false }, 10, 5), { ...play, playing: false });
});

test("it opens playing partway, or still where the response is strongest", () => {
  const scene = textbook();
  assert.deepEqual(openingPlay(scene, false).playing, true);
  assert.deepEqual([openingPlay(scene, true).playing, openingPlay(scene, true).place], [false, 3]);
  scene.output.values[1] = -99;
  assert.equal(restingStep(scene), 1);
});

test("panels fit the width, whatever it is", () => {
  for (const width of [280, 400, 479, 480, 760, 1399, 1400, 2400]) {
    const { columns, picture, arithmetic } = arrangement(width, [640, 64], 400);
    assert.ok(picture.height <= 400);
    const used = columns === 3 ? 2 * picture.width + arithmetic : columns * picture.width;
    assert.ok(used <= width && arithmetic <= width, `${width}`);
  }
});

test("a field keeps its cells square in its box", () => {
  assert.deepEqual(fit(64, 43, 320, 400), { cell: 5, width: 320, height: 215 });
});

test("the arithmetic fits its width for every kernel and is numbered where there is room", () => {
  for (const width of [320, 440, 760, 1100]) {
    for (let size = 1; size <= 11; size++) {
      for (const channels of [1, 3]) {
        const roles = ["patch", "kernel", "products"];
        const content = { roles, channels, kernelSize: [size, size], lines: 5, results: 1 };
        const plan = planArithmetic(content, width, 400);
        assert.equal(plan.grids.length, roles.length * channels);
        for (const grid of plan.grids) {
          assert.ok(grid.x >= 0 && grid.x + grid.width <= width, `${width} ${size} ${channels}`);
          assert.ok(grid.y >= 0 && grid.y + grid.height <= plan.height);
        }
        assert.ok(plan.ledger.x + plan.ledger.width <= width);
        if (size <= 3) assert.ok(plan.numbered, `${width} ${size} ${channels}`);
      }
    }
  }
});

test("the cell under a point", () => {
  const view = { width: 100, height: 50 };
  assert.deepEqual(cellUnder(99, 49, view, [5, 10]), [4, 9]);
  assert.equal(cellUnder(100, 10, view, [5, 10]), null);
  assert.equal(cellUnder(-1, 10, view, [5, 10]), null);
});
