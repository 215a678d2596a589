/** What opens under the player on demand: other views of the same cell, questions, files. */

import { saveGif, savePng, saveSvg } from "./files.js";
import { createMatrixView } from "./matrix_view.js";
import { canOrbit, createOrbit } from "./orbit.js";
import { weightFocus } from "./pointing.js";
import { createPredictPanel } from "./predict_panel.js";

const grouped = new Intl.NumberFormat("en");
const REPLAY_MS = 260; // a product, while a wrong answer is explained

function button(text, title, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "tool";
  element.textContent = text;
  element.title = title;
  element.addEventListener("click", act);
  return element;
}

function group(label, ...buttons) {
  const element = document.createElement("div");
  element.className = "tool-group";
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
  const name = document.createElement("span");
  name.textContent = label;
  element.append(name, ...buttons);
  return element;
}

export class Tools {
  constructor(player) {
    this.player = player;
    this.sharedScale = true;
    this.opened = new Set();
    this.element = document.createElement("div");
    this.element.className = "tools";
    this.modes = this.makeModes();
    this.questions = document.createElement("div");
    this.questions.className = "questions";
    this.views = {
      predict: createPredictPanel({
        // a cell is asked for as it is played, size and parameters as PyTorch counts them
        scene: (kind) => (kind === "value" ? player.presentation.scene : player.scene),
        step: () => player.stepNow().at,
        map: () => Math.max(0, player.map),
        next: () => player.move(0, 1),
        replay: () => this.replay(),
        changed: () => player.redraw(),
      }),
      im2col: createMatrixView("im2col", this.matrixActions()),
      sparse: createMatrixView("sparse", this.matrixActions()),
      orbit: createOrbit(),
    };
    this.toggles = {
      predict: button("Predict", "Guess the next value before it is shown", () => this.toggle("predict")),
      im2col: button("Matrix of patches", "The operation as one product of matrices (im2col)", () =>
        this.toggle("im2col")),
      sparse: button("Sparse matrix", "The operation as a matrix times the flattened input", () =>
        this.toggle("sparse")),
      orbit: button("Block to turn", "The volume in three dimensions, with the window in it", () =>
        this.toggle("orbit")),
    };
    this.scaleToggle = button(
      "One scale for all maps",
      "Off: each map uses the whole range of colours by itself",
      () => {
        this.sharedScale = !this.sharedScale;
        player.refresh();
        this.show();
      },
    );
    this.progress = document.createElement("span");
    this.progress.className = "progress";
    this.progress.setAttribute("role", "status");
    const name = () => player.scene.operation.kind;
    this.gifButton = button("GIF", "The whole play as an animated picture", () => this.recordGif());
    this.bar = document.createElement("div");
    this.bar.className = "tool-bar";
    this.bar.append(
      group("Test yourself", this.toggles.predict),
      group("Also show", this.toggles.im2col, this.toggles.sparse, this.toggles.orbit, this.scaleToggle),
      group(
        "Save",
        button("PNG", "This frame as a picture", async () =>
          this.saved("png", await savePng(player.stage, name()))),
        button("SVG", "This frame as a drawing that can be scaled", () =>
          this.saved("svg", saveSvg(player.stage, name()))),
        this.gifButton,
        this.progress,
      ),
    );
    this.element.append(this.bar);
  }

  /** The two ways to see a transposed convolution; put above the stage. */
  makeModes() {
    const element = document.createElement("div");
    element.className = "modes";
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "Shown as");
    const choose = (stuffed) => () => this.player.choose({ stuffed, map: 0 });
    element.append(
      button("Stamps", "Each input cell stamps the kernel onto the output", choose(false)),
      button(
        "Convolution of a zero-stuffed input",
        "The same values by an ordinary convolution: zeros between the cells, kernel flipped",
        choose(true),
      ),
    );
    return element;
  }

  matrixActions() {
    const { player } = this;
    const focus = (step) => ({ kind: player.presentation.stamps ? "input" : "output", step });
    return {
      stamps: () => player.presentation.stamps,
      point: (step) => player.point(step === null ? null : focus(step)),
      pin: (step) => player.togglePin(focus(step)),
    };
  }

  /** Whether the play has to wait for the person. */
  get holds() {
    return this.opened.has("predict") || this.recording;
  }

  /** What is kept for oneself until it was guessed: "value", "shape", "parameters" or null. */
  get hidden() {
    return this.opened.has("predict") ? this.views.predict.hides : null;
  }

  /** Open the views that a link asks for. */
  open(views) {
    for (const name of views.filter((each) => this.toggles[each] && !this.opened.has(each))) {
      this.add(name);
    }
  }

  add(name) {
    this.opened.add(name);
    // questions stand over the picture they are about
    (name === "predict" ? this.questions : this.element).append(this.views[name].element);
  }

  /** Ask again, about what is shown now. */
  ask() {
    if (this.opened.has("predict")) this.views.predict.begin();
  }

  toggle(name) {
    const opening = !this.opened.has(name);
    if (opening) {
      this.add(name);
    } else {
      this.opened.delete(name);
      this.views[name].element.remove();
    }
    if (name === "predict") {
      this.player.setPlaying(false);
      this.player.take(this.player.scene);
    } else {
      this.show();
      this.fill();
      this.player.redraw();
    }
    this.player.tellView();
  }

  /** Another scene or map. */
  take() {
    const { scene } = this.player;
    this.cancelled = true; // a GIF of what was played before
    if (scene.dimensions !== 3 && this.opened.delete("orbit")) this.views.orbit.element.remove();
    this.show();
    this.ask();
  }

  show() {
    const { scene, presentation } = this.player;
    for (const [name, toggle] of Object.entries(this.toggles)) {
      toggle.setAttribute("aria-pressed", String(this.opened.has(name)));
    }
    this.toggles.orbit.hidden = scene.dimensions !== 3 || !canOrbit();
    this.scaleToggle.hidden = scene.output.shape[0] < 2 || !scene.weight;
    this.scaleToggle.setAttribute("aria-pressed", String(this.sharedScale));
    this.modes.hidden = scene.operation.kind !== "transposed";
    [...this.modes.children].forEach((mode, index) =>
      mode.setAttribute("aria-pressed", String(Boolean(index) !== presentation.stamps)),
    );
  }

  /** Draw the open views for a width. */
  layout(width) {
    this.width = width;
    this.fill();
  }

  fill() {
    const { player } = this;
    const { stage, scene } = player;
    if (!this.width || !stage.theme) return;
    for (const name of ["im2col", "sparse"]) {
      if (!this.opened.has(name)) continue;
      this.views[name].take(scene, Math.max(0, player.map));
      this.views[name].layout(this.width, stage.scales, stage.theme);
    }
    if (this.opened.has("orbit")) {
      const cells = stage.shown?.cells.input ?? [[0], [0], [0]];
      this.views.orbit.show(scene, player.channel, cells, stage.theme);
    }
  }

  paint(step) {
    const { player } = this;
    this.element.classList.toggle("asking", Boolean(this.hidden)); // matrices would give it away
    if (this.hidden === "value" && this.views.predict.step !== step) this.ask();
    for (const name of ["im2col", "sparse"]) {
      if (this.opened.has(name)) {
        this.views[name].paint(step, player.presentation.stamps, player.stage.placeText);
      }
    }
    if (this.opened.has("orbit")) this.views.orbit.paint(player.stage.shown.cells.input);
  }

  /** Point at the cells of the window one after the other. */
  replay() {
    const { player } = this;
    clearInterval(this.replaying);
    const grids = player.stage.arithmetic.plan.grids.filter(({ role }) => role !== "value");
    const rows = [...new Set(grids.map(({ row }) => row))];
    const cells = rows.flatMap((row) => {
      const grid = grids.find((each) => each.row === row);
      return Array.from({ length: grid.count }, (_, index) => ({ grid, index }));
    });
    let at = 0;
    this.replaying = setInterval(() => {
      if (at >= cells.length) {
        clearInterval(this.replaying);
        player.point(null);
        return;
      }
      const { grid, index } = cells[at++];
      player.point({ ...weightFocus(player.presentation.scene, grid, index), here: true });
    }, REPLAY_MS);
  }

  saved(kind, bytes, frames = 1, steps = 1) {
    const size = `${grouped.format(Math.max(1, Math.round(bytes / 1000)))} kB`;
    const sampled = frames < steps ? `${frames} of ${grouped.format(steps)} steps, ` : "";
    this.progress.textContent = `${kind.toUpperCase()} saved: ${sampled}${size}`;
    this.player.root.dataset.saved = JSON.stringify({ kind, bytes, frames });
  }

  async recordGif() {
    const { player } = this;
    if (this.recording) {
      this.cancelled = true;
      return;
    }
    this.recording = true;
    this.cancelled = false;
    this.gifButton.textContent = "Cancel";
    const { play, pin } = player;
    Object.assign(player, { pin: null, hover: null });
    player.setPlaying(false);
    try {
      const result = await saveGif({
        steps: player.steps,
        stage: player.stage,
        name: player.scene.operation.kind,
        show: (step) => player.showStep(step),
        progress: (done, all) => {
          const of = all < player.steps ? ` (sampled from ${grouped.format(player.steps)} steps)` : "";
          this.progress.textContent = `GIF: frame ${done} of ${all}${of}`;
        },
        cancelled: () => this.cancelled,
      });
      if (result) this.saved("gif", result.bytes, result.frames, player.steps);
      else this.progress.textContent = "GIF cancelled";
    } finally {
      this.recording = false;
      this.gifButton.textContent = "GIF";
      player.pin = pin;
      player.change(play);
    }
  }

  destroy() {
    this.cancelled = true;
    clearInterval(this.replaying);
    this.views.orbit.destroy();
  }
}
