import assert from "node:assert/strict";
import { test } from "node:test";
import { advance, rateOf, stepOf } from "../../../explorer/ui/components/player/clock.js";
import { openingPlay, restingStep } from "../../../explorer/ui/components/player/opening.js";
import { randomScene, scene, textbook } from "./helpers.mjs";

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
  const drawn = textbook();
  assert.deepEqual(openingPlay(drawn, false).playing, true);
  assert.deepEqual([openingPlay(drawn, true).playing, openingPlay(drawn, true).place], [false, 3]);
  drawn.output.values[1] = -99;
  assert.equal(restingStep(drawn), 1);
});

test("it begins at the start of a row, in the middle slice, or partway along a single row", () => {
  const pool = (size) =>
    scene({
      operation: { kind: "adaptive_max", output_size: size },
      input: { shape: [1, ...size], values: new Array(size.reduce((a, b) => a * b)).fill(0) },
    });
  assert.equal(openingPlay(pool([10, 7]), false).place, 4 * 7);
  assert.equal(openingPlay(pool([3, 10, 7]), false).place, (10 + 4) * 7);
  assert.equal(openingPlay(pool([10]), false).place, 4);
  assert.equal(openingPlay(pool([5, 5]), true).place, 12);
});

test("a link opens where it was shared, within what there is", () => {
  const opened = (opening, still = false) => openingPlay({ ...textbook(), opening }, still);
  assert.deepEqual(
    [opened({ step: 2, playing: false }).place, opened({ playing: false }).playing],
    [2, false],
  );
  assert.equal(opened({ step: 99, playing: true }).place, 3);
  assert.equal(opened({ step: null, playing: true }, true).playing, false);
});

test("stamping is played through the input's cells", () => {
  const drawn = randomScene("transposed", 3);
  const size = drawn.input.shape.slice(1);
  const { place } = openingPlay(drawn, false, size);
  assert.ok(place >= 0 && place < size.reduce((product, along) => product * along));
});
