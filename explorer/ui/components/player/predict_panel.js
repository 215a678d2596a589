/** Predict, then reveal: a question, an answer, what went wrong, and the score. */

import { isAdaptive } from "./geometry.js";
import { ask, judge } from "./predict.js";

const KINDS = { value: "The next cell", shape: "The output’s shape", parameters: "The parameters" };

function button(className, text, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = `tool ${className}`;
  element.textContent = text;
  element.addEventListener("click", act);
  return element;
}

/**
 * @param {{scene: Function, step: Function, map: Function, next: Function, replay: Function,
 *   changed: Function}} player what it is asked about (`scene(kind)`), and what follows an answer
 */
export function createPredictPanel(player) {
  const element = document.createElement("section");
  element.className = "predict";
  const kinds = document.createElement("div");
  kinds.className = "predict-kinds";
  kinds.setAttribute("role", "group");
  kinds.setAttribute("aria-label", "What is asked for");
  const question = document.createElement("p");
  question.className = "question";
  const form = document.createElement("form");
  const input = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off" });
  input.setAttribute("aria-label", "Your answer");
  const check = button("check", "Check", () => {});
  check.type = "submit";
  const reveal = button("reveal", "Show me", () => finish(false));
  const next = button("next", "Next", () => {
    if (kind === "value") player.next();
    begin();
    input.focus();
  });
  form.append(input, check, reveal, next);
  const verdict = document.createElement("p");
  verdict.className = "verdict";
  verdict.setAttribute("role", "status");
  const score = document.createElement("p");
  score.className = "score";
  element.append(kinds, question, form, verdict, score);
  let kind = "value";
  let asked = null;
  let open = true; // the question is still to be answered
  let tried = false;
  const tally = { right: 0, asked: 0 };

  for (const [name, text] of Object.entries(KINDS)) {
    const choice = button(name, text, () => {
      kind = name;
      begin();
    });
    choice.dataset.kind = name;
    kinds.append(choice);
  }

  /** Ask about the scene as it is now. */
  function begin() {
    const scene = player.scene(kind);
    // their output's size is what one sets
    const sized = isAdaptive(scene.operation) || scene.operation.kind === "unpool";
    for (const choice of kinds.children) choice.hidden = sized && choice.dataset.kind === "shape";
    if (sized && kind === "shape") kind = "value";
    asked = ask(player.scene(kind), kind, player.step(), player.map());
    open = true;
    tried = false;
    question.textContent = asked.text;
    input.value = "";
    verdict.textContent = "";
    verdict.className = "verdict";
    show();
    player.changed();
  }

  function show() {
    for (const choice of kinds.children) {
      choice.setAttribute("aria-pressed", String(choice.dataset.kind === kind));
    }
    input.disabled = check.disabled = !open;
    reveal.hidden = !open;
    next.hidden = open;
    score.textContent = tally.asked ? `${tally.right} of ${tally.asked} right at the first try` : "";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!open || !input.value.trim()) return;
    const { right, message } = judge(asked, input.value);
    const first = !tried;
    tried = true;
    if (first) {
      tally.asked += 1;
      tally.right += Number(right);
    }
    verdict.textContent = message;
    verdict.classList.toggle("right", right);
    verdict.classList.toggle("wrong", !right);
    if (right) finish(true);
    else if (kind === "value") player.replay();
    show();
  });

  /** Uncover the answer. */
  function finish(right) {
    if (!right) {
      if (!tried) tally.asked += 1;
      verdict.textContent = asked.solution;
      verdict.className = "verdict";
    }
    open = false;
    show();
    player.changed();
    next.focus();
  }

  /** Keys typed here are answers and not the player's. */
  element.addEventListener("keydown", (event) => event.stopPropagation());
  return {
    element,
    begin,
    /** The output cell that is asked for, if one is. */
    get step() {
      return kind === "value" ? asked.step : null;
    },
    get hides() {
      return open ? kind : null;
    },
  };
}
