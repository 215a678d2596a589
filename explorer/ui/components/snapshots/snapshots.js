/**
 * What is inside the networks while they learn: weights and outputs of the first layers, and what
 * they answer, at the moment that the line in the curves marks.
 *
 * For tests the root tells in `dataset`: `run`, `moments`, `step`, `mounts`, `painted`.
 */

import { mounted } from "../mount.js";
import { lookAt, onMoment } from "../curves/moment.js";
import { readTheme } from "../player/theme.js";
import { AnswersView } from "./answers_view.js";
import { closest, limitsOf, missing } from "./moments.js";
import { element } from "./page.js";
import { PlanesView } from "./planes_view.js";
import { Timeline } from "./timeline.js";

const AGAIN_MILLISECONDS = 3000;
const ABOUT =
  "Looked at during the training, most often at its beginning, when most changes. Move the slider " +
  "(arrow keys, Home, End), press play, or click into the curves: the line there shows the moment.";
const LATER =
  "Training goes first: the newest moment may be far behind the curves. What is missing is here when " +
  "training is over.";

let mounts = 0;

class View {
  constructor(parent) {
    this.timeline = new Timeline((index) => this.moveTo(index));
    this.same = document.createElement("input");
    this.same.type = "checkbox";
    this.same.checked = true;
    this.same.addEventListener("change", () => this.paint());
    this.later = element("p", "about", LATER);
    this.problem = element("p", "problem");
    this.problem.hidden = true;
    this.body = element("div", "body");
    this.root = element(
      "section",
      "snapshots",
      element("h4", "", "Inside the networks while they learn"),
      element("p", "about", ABOUT),
      this.later,
      this.timeline.element,
      this.problem,
      this.body,
    );
    this.root.dataset.mounts = String(++mounts);
    this.root.dataset.painted = "0";
    parent.append(this.root);
    this.forget = onMoment((run, step) => this.looked(run, step));
  }

  update(data) {
    if (data.run !== this.data?.run) this.begin();
    this.data = data;
    this.later.hidden = data.ended;
    this.fetch();
    this.timeline.take(this.steps(), data.steps, this.index);
    this.paint();
  }

  begin() {
    this.known = new Map(); // step -> snapshot
    this.index = 0;
    this.chosen = false; // until people choose a moment, the newest is shown
    this.parts = null;
    this.body.replaceChildren();
    this.timeline.pause();
  }

  steps() {
    return [...this.known.keys()].sort((a, b) => a - b);
  }

  async fetch() {
    const wanted = missing(this.data.moments, this.known);
    if (!wanted || this.fetching) return;
    const { run, address } = this.data;
    this.fetching = true;
    let arrived = [];
    try {
      const answer = await fetch(new URL(`${address}/${wanted.join("/")}`, document.baseURI));
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      arrived = await answer.json();
      this.problem.hidden = true;
    } catch (error) {
      this.problem.textContent = `Some moments did not arrive (${error.message}). Trying again.`;
      this.problem.hidden = false;
      setTimeout(() => !this.closed && this.fetch(), AGAIN_MILLISECONDS);
    }
    this.fetching = false;
    if (this.closed) return;
    if (run === this.data.run) this.take(arrived);
    if (run !== this.data.run || arrived.length) this.fetch(); // what came meanwhile
  }

  take(arrived) {
    if (!arrived.length) return;
    const shown = this.steps()[this.index];
    for (const snapshot of arrived) this.known.set(snapshot.step, snapshot);
    const steps = this.steps();
    this.index = this.chosen ? Math.max(0, steps.indexOf(shown)) : steps.length - 1;
    this.timeline.take(steps, this.data.steps, this.index);
    this.paint();
  }

  moveTo(index) {
    this.index = index;
    this.chosen = this.data.ended || index < this.known.size - 1;
    lookAt(this.data.run, this.steps()[index]);
    this.paint();
  }

  /** Somebody clicked into the curves. */
  looked(run, step) {
    const steps = this.steps();
    if (run !== this.data?.run || step === null || !steps.length) return;
    const index = closest(steps, step);
    if (steps[index] === step && index === this.index) return;
    this.timeline.pause();
    this.timeline.move(index);
  }

  build(snapshots) {
    const { contenders, classes } = this.data;
    const { samples, sampled } = snapshots[0];
    if (!samples.length) return;
    const blocks = snapshots[0].contenders.map((inside, index) => this.block(inside, contenders[index]));
    const answers = new AnswersView(samples, contenders, classes);
    const scale = element("label", "same", this.same, "One scale for all moments");
    this.body.replaceChildren(
      scale,
      ...blocks.map(({ element: block }) => block),
      element("h5", "", `What they answer to ${samples.length} ${sampled} pictures`),
      element("p", "about", "Under each picture its class, then what each network thinks likeliest, and how likely."),
      answers.element,
    );
    this.parts = { blocks, answers };
  }

  block(inside, { name, colour }) {
    const title = element("h5", "contender", name);
    title.style.setProperty("--colour", colour);
    const row = inside.weights?.kind === "Linear";
    const weights = inside.weights && new PlanesView(inside.weights, { noun: row ? "unit" : "filter", weights: true });
    const outputs = inside.outputs.map((planes) => new PlanesView(planes, { noun: "map", weights: false }));
    const what = row
      ? "First weights: what each unit multiplies the pixels of the whole picture with"
      : "First weights: what each filter multiplies the pixels under it with";
    const left = weights
      ? element("div", "", element("p", "what", what), weights.element)
      : element("div", "", element("p", "what", "Its first weights are not as many as a picture has pixels, so they make no picture."));
    const right = element(
      "div",
      "",
      element("p", "what", "First outputs: what its first layers make of the first picture below"),
      ...outputs.map((view) => view.element),
    );
    return { element: element("div", "block", title, element("div", "sides", left, right)), weights, outputs };
  }

  paint() {
    const steps = this.steps();
    if (!steps.length) return;
    const snapshots = steps.map((step) => this.known.get(step));
    if (!this.parts) this.build(snapshots);
    if (!this.parts) return;
    const { dark } = readTheme(this.root);
    const now = snapshots[this.index];
    const compared = this.same.checked ? snapshots : [now];
    this.parts.blocks.forEach(({ weights, outputs }, contender) => {
      const of = (choose) => compared.map(({ contenders }) => choose(contenders[contender]));
      const inside = now.contenders[contender];
      weights?.paint(inside.weights, limitsOf(of(({ weights: each }) => each)), dark);
      outputs.forEach((view, layer) => {
        view.paint(inside.outputs[layer], limitsOf(of(({ outputs: each }) => each[layer])), dark);
      });
    });
    this.parts.answers.paint(now.contenders.map(({ answers }) => answers));
    Object.assign(this.root.dataset, {
      run: this.data.run,
      moments: String(steps.length),
      step: String(now.step),
      painted: String(Number(this.root.dataset.painted) + 1),
    });
  }

  close() {
    this.closed = true;
    this.timeline.pause();
    this.forget();
    if (this.data) lookAt(this.data.run, null);
    this.root.remove();
  }
}

export default mounted(
  (parentElement) => new View(parentElement),
  (view, { data }) => {
    if (data) view.update(data);
  },
);
