/**
 * The player: a window slides over a picture, its arithmetic is written out, the output fills.
 *
 * Fed once per change with a packed scene (explorer/windows/scene.py); plays, scrubs, hovers and
 * follows its own sliders without the server, whose result then confirms what was computed here.
 */

import { mounted } from "../mount.js";
import { advance, rateOf, stepOf } from "./clock.js";
import { createControls } from "./controls.js";
import { speedText } from "./format.js";
import { carryStep, positionOf, stepAt } from "./geometry.js";
import { tellHooks } from "./hooks.js";
import { linkedNote } from "./linked.js";
import { Live } from "./live.js";
import { Mailbox } from "./mailbox.js";
import { openingPlay } from "./opening.js";
import { listen } from "./pointing.js";
import { OVERLAP, gathering, stamping } from "./presentation.js";
import { parseScene } from "./scene.js";
import { createSettings } from "./settings.js";
import { Stage } from "./stage.js";
import { createStatus } from "./status.js";
import { stuffedScene } from "./stuffed.js";
import { Tools } from "./tools.js";

const styles = new CSSStyleSheet();
styles.replaceSync(await (await fetch(new URL("./style.css", import.meta.url))).text());

const LONGEST_FRAME = 0.1; // seconds; a tab that slept goes on where it was
const SPOKEN_EVERY = 6000; // milliseconds while playing
let mounts = 0;

/** What is played: a transposed convolution as stamps, or as a convolution of a stuffed input. */
function presentationOf(scene, stuffed) {
  if (scene.operation.kind !== "transposed") return gathering(scene);
  return stuffed ? gathering(stuffedScene(scene)) : stamping(scene);
}

const alike = (one, other) => JSON.stringify(one) === JSON.stringify(other);

class Player {
  constructor(parent) {
    parent.adoptedStyleSheets = [...(parent.adoptedStyleSheets ?? []), styles];
    this.root = document.createElement("div");
    this.root.className = "player";
    this.root.dataset.mounts = String(++mounts);
    this.mailbox = new Mailbox((name, value) => this.send(name, value));
    this.live = new Live(
      {
        show: (scene) => this.take(scene),
        preview: (scene) => this.settings.show(scene),
        request: () => this.request(),
      },
      this.mailbox,
    );
    this.stage = new Stage({
      edit: (flat, value) => {
        this.live.change({ weight: { flat, value } });
        this.live.release();
      },
      drag: (flat, value) => this.live.change({ weight: { flat, value } }),
      release: () => this.live.release(),
      say: (text) => this.say(text),
      chooseMap: (map) => this.choose({ map }),
      chooseChannel: (channel) => this.choose({ channel }),
    });
    this.controls = createControls({
      togglePlay: () => this.setPlaying(!this.play.playing),
      move: (rows, columns) => this.move(rows, columns),
      seek: (step) => this.seek(step),
      setSpeed: (speed) => this.change({ speed }),
      toggleLoop: () => this.change({ loop: !this.play.loop }),
    });
    this.status = createStatus({ unpin: () => this.unpin() });
    this.settings = createSettings({
      change: (settings) => this.live.change({ settings }),
      release: () => this.live.release(),
    });
    this.tools = new Tools(this);
    this.spoken = document.createElement("p");
    this.spoken.className = "live";
    this.spoken.setAttribute("aria-live", "polite");
    this.root.append(
      this.tools.modes,
      this.tools.questions,
      this.stage.element,
      this.status.element,
      this.controls.element,
      this.settings.element,
      this.tools.element,
      this.spoken,
    );
    parent.append(this.root);
    Object.assign(this, { hover: null, pin: null, map: 0, channel: 0, stuffed: false });
    Object.assign(this, { scenes: 0, frames: 0, spokenAt: 0 });
    listen(this);
    this.observer = new ResizeObserver(() => this.request());
    this.observer.observe(this.root);
  }

  /** New data, a new theme, or the same again after a rerun. */
  update(data, send) {
    this.send = send;
    if (data !== this.data) {
      this.data = data;
      this.scenes += 1;
      this.live.confirm(parseScene(data));
    } else {
      this.refresh();
    }
  }

  /** Play a scene: the server's, or one computed here from it. */
  take(scene) {
    const before = this.presentation;
    this.scene = scene;
    const opening = alike(scene.opening, this.opening) ? null : scene.opening;
    this.opening = scene.opening;
    if (opening) {
      this.tools.open(opening.views);
      this.stuffed = opening.views.includes("stuffed");
    }
    // a prediction is about one cell of the output, which no single stamp makes
    this.presentation = presentationOf(scene, this.stuffed || this.tools.opened.has("predict"));
    const { size, steps } = this.presentation;
    if (before) {
      const place = carryStep(stepOf(this.play.place, before.steps), before.size, size);
      this.play = { ...this.play, place };
      if (!alike(before.size, size)) this.pin = null;
    }
    if (!before || opening) this.begin(scene, size);
    const counting = this.map === OVERLAP && this.presentation.stamps;
    this.map = counting ? OVERLAP : Math.max(0, Math.min(this.map, scene.output.shape[0] - 1));
    this.channel = Math.min(this.channel, scene.input.shape[0] - 1);
    this.steps = steps;
    this.hover = null;
    this.stage.take(this.presentation);
    this.settings.show(scene);
    this.tools.take();
    this.refresh();
  }

  /** Begin as a link says, or as the page does by itself. */
  begin(scene, size) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const { step = null, map = 0 } = scene.opening ?? {};
    const speed = this.play && { speed: this.play.speed };
    this.play = { ...openingPlay(scene, still, size), ...speed };
    if (this.tools.opened.has("predict")) this.play.playing = false;
    const { views = [] } = scene.opening ?? {};
    const channel = views.find((view) => view.startsWith("channel-"));
    this.map = views.includes("overlaps") ? OVERLAP : map;
    this.channel = Number(channel?.slice("channel-".length) ?? 0) || 0;
    this.tools.sharedScale = !views.includes("own-scales");
    const at = stepOf(this.play.place, this.presentation.steps);
    const kind = this.presentation.stamps ? "input" : "output";
    this.pin = step === null ? null : { kind, step: at };
  }

  /** Colours and layout anew; a width of 0 is one that was never seen. */
  refresh() {
    this.stage.refresh(this.map, this.tools.sharedScale);
    this.width = 0;
    this.request();
  }

  /** Another map, another channel, or the other way to see a transposed convolution. */
  choose(what) {
    Object.assign(this, what);
    if ("stuffed" in what) this.take(this.scene);
    else this.refresh();
    this.tools.ask();
    this.tellView();
  }

  /** Lay out for the width there is now; false while there is none. */
  fitWidth() {
    const width = Math.floor(this.root.clientWidth);
    if (width && width !== this.width) {
      this.width = width;
      this.stage.layout(width, this);
      this.tools.layout(width);
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
    if (playing) this.unpin();
    this.change({ playing, rest: 0, ...(playing && atEnd ? { place: 0 } : {}) });
    if (!playing) this.announce();
  }

  /** Go to a step and stay there. */
  seek(step) {
    if (this.pin?.step !== undefined) this.pin = { ...this.pin, step };
    this.change({ place: step, playing: false, rest: 0 });
    this.announce();
  }

  move(rows, columns) {
    const step = stepOf(this.play.place, this.steps);
    const { size } = this.presentation;
    if (columns) {
      this.seek(stepOf(step + columns, this.steps));
      return;
    }
    const [slice, row, column] = positionOf(step, size);
    this.seek(stepAt([slice, row + rows, column], size));
  }

  /** What the pointer is on: a step's own cell, a cell that is linked to some, or a weight. */
  point(hover) {
    // while a file is made nothing moves; a cell that is asked for is not swapped for another
    const asked = this.tools.hidden === "value" && hover?.step !== undefined;
    if (this.tools.recording || asked || alike(hover, this.hover)) return;
    this.hover = hover;
    this.request();
  }

  /** Keep what is pointed at, or let it go; true if it was pinned already. */
  togglePin(focus) {
    const pinned = alike(focus, this.pin);
    const asked = this.tools.hidden === "value" && focus.step !== undefined;
    this.pin = pinned || asked ? null : focus;
    if (!pinned && focus.step !== undefined) this.seek(focus.step);
    else this.change({ playing: false });
    this.tellView();
    return pinned;
  }

  unpin() {
    if (!this.pin) return;
    this.pin = null;
    this.request();
    this.tellView();
  }

  /** For the link to this view. */
  tellView() {
    const step = this.pin?.step ?? null;
    const views = [
      ...this.tools.opened,
      this.stuffed && "stuffed",
      this.map === OVERLAP && "overlaps",
      !this.tools.sharedScale && "own-scales",
      this.channel > 0 && `channel-${this.channel}`,
    ];
    this.mailbox.post("view", { step, map: Math.max(0, this.map), views: views.filter(Boolean) });
  }

  request() {
    if (this.closed) return;
    this.pending ??= requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.pending = null;
    if (!this.scene) return;
    const busy = this.live.advance(now);
    if (!this.fitWidth()) return;
    const passed = Math.min(LONGEST_FRAME, Math.max(0, (now - (this.last ?? now)) / 1000));
    const held = this.hover !== null || this.tools.holds; // reading a cell holds the play
    const running = this.play.playing && !held;
    if (running) this.play = advance(this.play, this.steps, passed);
    this.paint(now);
    this.last = running ? now : undefined;
    if (running || busy) this.request();
  }

  /** The step that is played (`at`), and the one that is read: pinned, pointed at, or played. */
  stepNow() {
    const at = stepOf(this.play.place, this.steps);
    return { at, step: this.pin?.step ?? this.hover?.step ?? at };
  }

  /** What is pointed at or pinned besides a step. */
  linkNow() {
    return [this.hover, this.pin].find((focus) => focus && focus.step === undefined) ?? null;
  }

  /** Paint the step again though nothing of the play changed. */
  redraw() {
    this.shown = null;
    this.request();
  }

  /** Bring a step onto the stage at once: for files. */
  showStep(step) {
    this.change({ place: step, playing: false, rest: 0 });
    this.paint(performance.now());
  }

  paint(now) {
    const { at, step } = this.stepNow();
    const focus = this.linkNow();
    const { map, channel } = this;
    const { hidden } = this.tools;
    const key = JSON.stringify([step, at, focus, hidden]);
    if (this.shown !== key) {
      this.terms = this.stage.paint({ step, filled: at + 1, focus, hidden, map, channel });
      this.shown = key;
      this.tools.paint(step);
      if (this.play.playing && now - this.spokenAt > SPOKEN_EVERY) this.announce(now);
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
    this.status.show({
      note: this.note(focus),
      hint: this.scene.weight
        ? "Point at a cell or a weight to see what belongs to it; click a cell to pin it."
        : "Point at a cell to see what belongs to it; click to pin it.",
      pinned: this.pin !== null,
      confirmed: this.scene.confirmed,
      difference: this.live.difference,
      cells: hidden === "shape" ? null : this.scene.output,
    });
    tellHooks(this, { at, step, focus });
  }

  note(focus) {
    const { presentation, stage, terms, channel } = this;
    const text = linkedNote(presentation, focus, stage.shown.linked, terms, channel);
    const editable = this.pin?.kind === "input" && !stage.scene.stuffing;
    if (!text && this.pin && !editable) return "Pinned: the pointer no longer moves it.";
    return [text, editable && "Click again to edit it."].filter(Boolean).join(" ");
  }

  /** Put the step into words: at once when standing still, now and then while playing. */
  announce(now = performance.now()) {
    this.spokenAt = now;
    clearTimeout(this.speaking);
    const hidden = this.tools.hidden === "value";
    this.speaking = setTimeout(() => {
      const text = this.stage.describe(this.terms, hidden);
      if (!hidden) this.say(text);
    }, 120);
  }

  say(text) {
    clearTimeout(this.speaking); // what is said now matters more than the step before it
    this.spoken.textContent = text;
  }

  close() {
    this.closed = true;
    cancelAnimationFrame(this.pending);
    clearTimeout(this.speaking);
    this.observer.disconnect();
    this.tools.destroy();
    this.mailbox.close();
    this.root.remove();
  }
}

export default mounted(
  (parentElement) => new Player(parentElement),
  (player, { data, setTriggerValue }) => player.update(data, setTriggerValue),
);
