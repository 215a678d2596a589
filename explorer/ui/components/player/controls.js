/** The bar under the stage: play, step, scrub, speed, loop. */

const ICONS = {
  first: "M6 5h2v14H6zM20 5v14l-10-7z",
  back: "M15 5v14L6 12zM17 5h2v14h-2z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  forward: "M9 5v14l9-7zM5 5h2v14H5z",
  up: "M5 15h14l-7-9zM5 17h14v2H5z",
  down: "M5 9h14l-7 9zM5 5h14v2H5z",
  loop: "M7 7h9v3l5-4.5L16 1v3H4v8h3zM17 17H8v-3l-5 4.5L8 23v-3h12v-8h-3z",
};
const SVG = "http://www.w3.org/2000/svg";

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(name, label, onClick) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = `button ${name}`;
  element.title = label;
  element.setAttribute("aria-label", label);
  element.append(icon(name));
  element.addEventListener("click", onClick);
  return element;
}

function range(className, label, max, step, onInput) {
  const element = document.createElement("input");
  Object.assign(element, { type: "range", className, min: "0", max: String(max), step });
  element.setAttribute("aria-label", label);
  element.addEventListener("input", () => onInput(Number(element.value)));
  return element;
}

function setIcon(element, name, label) {
  if (element.dataset.icon === name) return;
  element.dataset.icon = name;
  element.title = label;
  element.setAttribute("aria-label", label);
  element.replaceChildren(icon(name));
}

/**
 * Build the bar.
 * @param {{togglePlay: Function, move: Function, seek: Function, setSpeed: Function,
 *   toggleLoop: Function}} actions what the controls do
 * @returns {{element: HTMLElement, show: Function}} `show` brings the bar up to date
 */
export function createControls(actions) {
  const element = document.createElement("div");
  element.className = "controls";
  const play = button("play", "Pause (space)", actions.togglePlay);
  const loop = button("loop", "Play again from the start when finished", actions.toggleLoop);
  const scrub = range("scrub", "Position", 1, "1", actions.seek);
  const speed = range("speed", "Speed", 1, "0.01", actions.setSpeed);
  const speedLabel = document.createElement("label");
  speedLabel.className = "speed-label";
  const speedText = document.createElement("span");
  speedLabel.append(speed, speedText);
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  buttons.append(
    button("first", "First cell (Home)", () => actions.seek(0)),
    button("up", "One row back (up arrow)", () => actions.move(-1, 0)),
    button("back", "One cell back (left arrow)", () => actions.move(0, -1)),
    play,
    button("forward", "One cell on (right arrow)", () => actions.move(0, 1)),
    button("down", "One row on (down arrow)", () => actions.move(1, 0)),
    loop,
  );
  element.append(buttons, scrub, speedLabel);

  /** Texts are put in only when they differ, to spare the browser. */
  function show({ playing, looping, step, steps, placeText, speed: setting, speedText: rate }) {
    setIcon(play, playing ? "pause" : "play", playing ? "Pause (space)" : "Play (space)");
    loop.setAttribute("aria-pressed", String(looping));
    if (scrub.max !== String(steps - 1)) scrub.max = String(steps - 1);
    scrub.value = String(step);
    if (!playing && scrub.getAttribute("aria-valuetext") !== placeText) {
      scrub.setAttribute("aria-valuetext", placeText);
    }
    if (speed.value !== String(setting)) speed.value = String(setting);
    if (speedText.textContent !== rate) {
      speedText.textContent = rate;
      speed.setAttribute("aria-valuetext", rate);
    }
  }
  return { element, show };
}
