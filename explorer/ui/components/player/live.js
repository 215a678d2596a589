/**
 * What follows the finger: a change is computed here at once, in slices of frames, and told to the
 * server when it is let go. PyTorch's result then takes its place, and is compared with ours.
 */

import { unlifted, withInputAt, withOperation, withWeightAt } from "./change.js";
import { createComputation, largestDifference } from "./compute.js";
import { nested } from "./weights.js";

const COMPUTE_MS = 10; // of a frame, for what a slider changed
const CHECK_AFTER = 300; // milliseconds after PyTorch's result came
const CHECK_MS = 3; // of a frame, for checking it

const settingsOf = ({ operation, dimensions }) => JSON.stringify(unlifted(operation, dimensions));

export class Live {
  /**
   * @param {{show: Function, preview: Function, request: Function}} player `show(scene)` plays one,
   *   `preview(scene)` brings the sliders up to date with one that is still being computed,
   *   `request()` asks for a frame
   * @param {Mailbox} mailbox for the server
   */
  constructor(player, mailbox) {
    this.player = player;
    this.mailbox = mailbox;
    this.count = 0; // scenes computed here
    this.difference = null; // between PyTorch's result and ours; null until it was checked
  }

  /** The server's scene. While something is dragged it only becomes what is compared with. */
  confirm(scene) {
    this.confirmed = scene;
    this.told = false; // whether the server knows of changes that it has not answered yet
    this.difference = null;
    this.check = { computation: null, from: performance.now() + CHECK_AFTER };
    this.mailbox.answered();
    if (this.dragging || this.mailbox.waiting) return;
    this.computation = null;
    this.scene = scene;
    this.player.show(scene);
  }

  /**
   * Change the scene that is shown.
   * @param {{settings: object} | {weight: {flat: number, value: number}} |
   *   {input: {flat: number, value: number}}} change
   */
  change(change) {
    this.dragging = true; // what the server still says to an earlier change must not interfere
    const base = this.computation ? this.wanted : this.scene;
    const next = changed(base, change);
    if (!next) return; // PyTorch would refuse it; sliders do not offer such values
    this.wanted = { ...next, changes: { ...base.changes, ...change } };
    this.computation = createComputation(this.wanted);
    this.player.preview(this.wanted);
    this.player.request();
  }

  /** The change is settled: let PyTorch compute it. What is told is told once. */
  release() {
    this.dragging = false;
    const scene = this.computation ? this.wanted : this.scene;
    const { settings, weight, input } = scene.changes ?? {};
    scene.changes = {};
    if (settings && settingsOf(scene) === settingsOf(this.confirmed) && !this.told) {
      this.confirm(this.confirmed); // what the server has already
      return;
    }
    if (weight) this.mailbox.post("kernel", nested(scene.weight, scene.dimensions));
    if (settings) this.mailbox.post("window", unlifted(scene.operation, scene.dimensions));
    if (input) this.mailbox.post("input", { index: input.flat, value: input.value }, input.flat);
    this.told = Boolean(this.told || settings || weight || input);
    this.player.request();
  }

  /** A frame's share of the work; true while there is more to do. */
  advance(now) {
    if (this.computation) this.compute();
    else if (this.difference === null && this.scene.confirmed) this.compare(now);
    return Boolean(this.computation) || this.difference === null;
  }

  compute() {
    if (!this.computation.advance(COMPUTE_MS)) return;
    const { output } = this.computation;
    this.computation = null;
    this.count += 1;
    this.scene = { ...this.wanted, output: { ...this.wanted.output, values: output } };
    this.player.show(this.scene);
  }

  /** Compute the server's scene too, while nothing else is to do. */
  compare(now) {
    if (now < this.check.from) return;
    this.check.computation ??= createComputation(this.confirmed);
    if (!this.check.computation.advance(CHECK_MS)) return;
    this.difference = largestDifference(this.check.computation.output, this.confirmed.output.values);
  }
}

function changed(scene, { settings, weight, input }) {
  if (settings) return withOperation(scene, settings);
  if (weight) return withWeightAt(scene, weight.flat, weight.value);
  return withInputAt(scene, input.flat, input.value);
}
