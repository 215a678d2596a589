// The choices above the plot. They change a view and tell that it changed; nothing reaches the
// server, so a slider is followed while it moves.

import { DASHES, MEASURES, isLog } from "./compared.js";

const UNITS = { step: "step", epoch: "epoch", time: "wall time" };
const MOST_SMOOTHING = 0.98;

function labelled(text, control, help) {
  const label = document.createElement("label");
  label.append(control, text);
  if (help) label.title = help;
  return label;
}

const input = (type, values) => Object.assign(document.createElement("input"), { type, ...values });

function group(name, ...children) {
  const fieldset = document.createElement("fieldset");
  const legend = Object.assign(document.createElement("legend"), { textContent: name });
  fieldset.append(legend, ...children);
  return fieldset;
}

export class Choices {
  constructor(view, changed) {
    Object.assign(this, { view, changed });
    this.element = document.createElement("div");
    this.element.className = "choices";
    this.networks = document.createElement("fieldset");
    this.smoothing = input("range", { min: 0, max: MOST_SMOOTHING, step: 0.02, value: view.smoothing });
    this.amount = document.createElement("output");
    this.log = this.box("log", "log scale");
    this.training = this.box("training", "training");
    this.element.append(
      group("Measure", ...this.radios("measure", MEASURES, ({ title }) => title)),
      group("On pictures of", this.training, this.box("validation", "validation")),
      group("Across", ...this.radios("unit", UNITS, (text) => text)),
      group(
        "Scale",
        this.log,
        labelled(
          "smoothing",
          this.smoothing,
          "Of training curves: each point becomes a mean of the points before, the nearest counting " +
            "most. The number is the part of the mean that is kept; 0 shows what was measured.",
        ),
        this.amount,
      ),
      this.networks,
    );
    this.smoothing.addEventListener("input", () => this.change("smoothing", Number(this.smoothing.value)));
    this.show();
  }

  change(name, value) {
    this.set(name, value);
    this.changed();
  }

  set(name, value) {
    this.view[name] = value;
    this.show();
  }

  show() {
    this.amount.textContent = this.view.smoothing.toFixed(2);
    const share = this.view.measure !== "loss";
    this.log.querySelector("input").disabled = share;
    this.log.title = share ? "For the loss only" : "Equal distances are equal ratios";
    this.log.querySelector("input").checked = isLog(this.view);
    this.training.querySelector("input").checked = this.view.training;
    this.smoothing.disabled = !this.view.training;
  }

  radios(name, options, textOf) {
    return Object.entries(options).map(([value, option]) => {
      const radio = input("radio", { name, value, checked: this.view[name] === value });
      radio.addEventListener("change", () => this.change(name, value));
      return labelled(textOf(option), radio);
    });
  }

  box(name, text) {
    const box = input("checkbox", { checked: this.view[name] });
    box.addEventListener("change", () => this.change(name, box.checked));
    return labelled(text, box);
  }

  // Only measures that there are can be chosen.
  offer(measures) {
    this.element.querySelectorAll('input[name="measure"]').forEach((radio) => {
      radio.parentElement.hidden = !measures.includes(radio.value);
    });
  }

  // Which of the networks that were trained side by side are shown.
  nameNetworks(names) {
    const known = JSON.stringify(names);
    if (known === this.known) return;
    this.known = known;
    this.networks.hidden = names.length < 2;
    const legend = Object.assign(document.createElement("legend"), { textContent: "Networks" });
    const boxes = names.map((name, place) => {
      const box = input("checkbox", { checked: !this.view.left.has(place) });
      box.addEventListener("change", () => {
        if (box.checked) this.view.left.delete(place);
        else this.view.left.add(place);
        this.changed();
      });
      return labelled(`${name} (${DASHES[place % DASHES.length]})`, box);
    });
    this.networks.replaceChildren(legend, ...boxes);
  }
}
