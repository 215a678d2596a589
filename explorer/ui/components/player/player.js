/**
 * The player: a window slides over a picture, its arithmetic is written out, the output fills.
 *
 * Fed once per change with a packed scene (explorer/windows/scene.py); plays, scrubs and hovers
 * without the server. For tests and benchmarks the root element tells in `dataset`: `step`, `steps`,
 * `value` (PyTorch's), `playing`, `hover`, `mounts`, `scenes` (packed scenes shown), `width`,
 * `frames`.
 */

import { advance, rateOf, stepOf } from "./clock.js";
import { createControls } from "./controls.js";
import { speedText } from "./format.js";
import { carryStep, positionOf, stepAt } from "./geometry.js";
import { parseScene, stepsOf } from "./scene.js";
import { openingPlay } from "./opening.js";
import { Stage } from "./stage.js";
import { withWeight } from "./weights.js";

const styles = new CSSStyleSheet();
styles.replaceSync(await (await fetch(new URL("./style.css", import.meta.url))).text());

const LONGEST_FRAME = 0.1; // seconds; a tab that slept goes on where it was
const SPOKEN_EVERY = 6000; // milliseconds while playing
const players = new WeakMap();
let mounts = 0;

class Player {
  constructor(parent) {
    parent.adoptedStyleSheets = [...(parent.adoptedStyleSheets ?? []), styles];
    this.root = document.createElement("div");
    this.root.className = "player";
    this.root.dataset.mounts = String(++mounts);
    this.stage = new Stage(this.editWeight.bind(this), this.say.bind(this));
    this.controls = createControls({
      togglePlay: () => this.setPlaying(!this.play.playing),
      move: (rows, columns) => this.move(rows, columns),
      seek: (step) => this.seek(step),
      setSpeed: (speed) => this.change({ speed }),
      toggleLoop: () => this.change({ loop: !this.play.loop }),
    });
    this.live = document.createElement("p");
    this.live.className = "live";
    this.live.setAttribute("aria-live", "polite");
    this.root.append(this.stage.element, this.controls.element, this.live);
    parent.append(this.root);
    this.hovered = null;
    this.scenes = 0;
    this.frames = 0;
    this.spoken = 0;
    this.listen();
    this.observer = new ResizeObserver(() => this.request());
    this.observer.observe(this.root);
  }

  /** New data, a new theme, or the same again after a rerun. */
  update(data, send) {
    this.send = send;
    if (data !== this.data) {
      this.data = data;
      this.takeScene(parseScene(data));
    }
    this.stage.refreshColours();
    this.width = 0;
    this.request();
  }

  takeScene(scene) {
    const steps = stepsOf(scene);
    if (this.play) {
      const before = this.stage.scene.output.shape.slice(1);
      const step = stepOf(this.play.place, this.steps);
      this.play = { ...this.play, place: carryStep(step, before, scene.output.shape.slice(1)) };
    } else {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      this.play = openingPlay(scene, still);
    }
    this.steps = steps;
    this.hovered = null;
    this.scenes += 1;
    this.stage.setScene(scene);
  }

  /** Lay out for the width there is now; false while there is none. */
  fitWidth() {
    const width = Math.floor(this.root.clientWidth);
    if (width && width !== this.width) {
      this.width = width;
      this.stage.layout(width);
      this.shown = null;
    }
    return width > 0;
  }

  change(what) {
    this.play = { ...this.play, ...what };
    this.request();
  }

  setPlaying(playing) {
    const atEnd = stepOf(this.play.place, this.steps) === this.steps - 1;
    this.change({ playing, rest: 0, ...(playing && atEnd ? { place: 0 } : {}) });
    if (!playing) this.announce();
  }

  /** Go to a step and stay there. */
  seek(step) {
    this.change({ place: step, playing: false, rest: 0 });
    this.announce();
  }

  move(rows, columns) {
    const step = stepOf(this.play.place, this.steps);
    const size = this.stage.scene.output.shape.slice(1);
    if (columns) this.seek(stepOf(step + columns, this.steps));
    else {
      const [row, column] = positionOf(step, size);
      this.seek(stepAt([row + rows, column], size));
    }
  }

  hover(position) {
    const step = position && stepAt(position, this.stage.scene.output.shape.slice(1));
    if (step === this.hovered) return;
    this.hovered = step;
    this.request();
  }

  editWeight(channel, index, value) {
    const { weight } = this.stage.scene;
    const perChannel = weight.values.length / (weight.shape[0] * weight.shape[1]);
    this.send("kernel", withWeight(weight, channel * perChannel + index, value));
  }

  request() {
    this.pending ??= requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.pending = null;
    if (!this.stage.scene || !this.fitWidth()) return;
    const passed = Math.min(LONGEST_FRAME, Math.max(0, (now - (this.last ?? now)) / 1000));
    const running = this.play.playing && this.hovered === null; // reading a cell holds the play
    if (running) this.play = advance(this.play, this.steps, passed);
    this.paint(now);
    this.last = running ? now : undefined;
    if (running) this.request();
  }

  paint(now) {
    const at = stepOf(this.play.place, this.steps);
    const step = this.hovered ?? at;
    if (this.shown?.step !== step || this.shown?.at !== at) {
      this.terms = this.stage.paint(step, at + 1);
      this.shown = { step, at };
      if (this.play.playing && now - this.spoken > SPOKEN_EVERY) this.announce(now);
    }
    this.controls.show({
      playing: this.play.playing,
      looping: this.play.loop,
      step: at,
      steps: this.steps,
      placeText: this.stage.placeText,
      speed: this.play.speed,
      speedText: speedText(rateOf(this.play.speed, this.steps)),
    });
    Object.assign(this.root.dataset, {
      step,
      steps: this.steps,
      value: this.terms.outputs.join(" "),
      playing: this.play.playing,
      hover: this.hovered ?? "",
      scenes: this.scenes,
      width: this.width,
      frames: ++this.frames,
    });
  }

  /** Put the step into words: at once when standing still, now and then while playing. */
  announce(now = performance.now()) {
    this.spoken = now;
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => this.say(this.stage.describe(this.terms)), 120);
  }

  say(text) {
    this.live.textContent = text;
  }

  listen() {
    const { element } = this.stage.output;
    element.addEventListener("pointermove", (event) => this.hover(this.stage.outputCellUnder(event)));
    element.addEventListener("pointerdown", (event) => this.hover(this.stage.outputCellUnder(event)));
    element.addEventListener("pointerleave", () => this.hover(null));
    element.addEventListener("pointercancel", () => this.hover(null));
    element.addEventListener("click", (event) => {
      const position = this.stage.outputCellUnder(event);
      if (position) this.seek(stepAt(position, this.stage.scene.output.shape.slice(1)));
    });
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const { tagName } = event.target;
    const taken = tagName === "INPUT" || (tagName === "BUTTON" && event.key === " ");
    if (taken || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      " ": () => this.setPlaying(!this.play.playing),
      ArrowLeft: () => this.move(0, -1),
      ArrowRight: () => this.move(0, 1),
      ArrowUp: () => this.move(-1, 0),
      ArrowDown: () => this.move(1, 0),
      Home: () => this.seek(0),
      End: () => this.seek(this.steps - 1),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }

  destroy() {
    cancelAnimationFrame(this.pending);
    clearTimeout(this.speaking);
    this.observer.disconnect();
    this.root.remove();
  }
}

export default function render({ parentElement, data, setTriggerValue }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement);
    players.set(parentElement, player);
  }
  player.update(data, setTriggerValue);
  // Streamlit may clean up an overtaken call after a later one has drawn: only the last one counts.
  const call = (player.call = {});
  return () => {
    if (player.call !== call) return;
    player.destroy();
    players.delete(parentElement);
  };
}
