/** The sample pictures, and what each contender answers to them. */

import { scoreText, verdicts } from "./moments.js";
import { element } from "./page.js";

const percent = (chance) => `${Math.round(100 * chance)} %`;

export class AnswersView {
  constructor(samples, contenders, classes) {
    this.samples = samples;
    this.contenders = contenders;
    this.classes = classes;
    this.scores = contenders.map(({ name, colour }) => {
      const score = element("span", "score");
      const row = element("span", "contender", `${name}: `, score);
      row.style.setProperty("--colour", colour);
      return { row, score };
    });
    this.cards = samples.map((sample) => this.card(sample));
    this.element = element(
      "div",
      "answers",
      element("div", "scores", ...this.scores.map(({ row }) => row)),
      element("div", "cards", ...this.cards.map(({ card }) => card)),
    );
  }

  card({ png, labels }) {
    const names = labels.map((label) => this.classes[label]).join(", ") || "none of them";
    const picture = document.createElement("img");
    picture.src = `data:image/png;base64,${png}`;
    picture.alt = `A picture of class ${names}`;
    const lines = this.contenders.map(({ colour }) => {
      const mark = element("span", "mark");
      const name = element("span", "name");
      const chance = element("span", "chance");
      const line = element("div", "answer", mark, name, chance);
      line.style.setProperty("--colour", colour);
      return { line, mark, name, chance };
    });
    const truth = element("div", "truth", names);
    truth.title = names;
    const card = element("div", "card", picture, truth, ...lines.map(({ line }) => line));
    return { card, lines };
  }

  /** `answers`: of each contender its answers to all samples. */
  paint(answers) {
    answers.forEach((each, contender) => {
      const judged = verdicts(each, this.samples);
      this.scores[contender].score.textContent = scoreText(judged);
      judged.forEach(({ label, chance, right }, sample) => {
        const { line, mark, name, chance: shown } = this.cards[sample].lines[contender];
        line.classList.toggle("wrong", !right);
        line.style.setProperty("--chance", percent(chance).replace(" ", ""));
        mark.textContent = right ? "✓" : "✗";
        mark.setAttribute("aria-label", right ? "right:" : "wrong:");
        name.textContent = this.classes[label];
        name.title = this.classes[label];
        shown.textContent = percent(chance);
      });
    });
  }
}
