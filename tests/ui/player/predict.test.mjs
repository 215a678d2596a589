import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, judge } from "../../../explorer/ui/components/player/predict.js";
import { KINDS, randomScene, scene, shaped, textbook } from "./helpers.mjs";

const range = (count) => Array.from({ length: count }, (_, index) => index);
const diagnosis = (question, typed) => judge(question, typed).diagnosis;

test("the right answer is right, whoever types it", () => {
  const value = ask(textbook(), "value", 2);
  for (const typed of ["37", "37.0", " 37,00 ", "+37", "74/2"]) {
    assert.ok(judge(value, typed).right, typed);
  }
  const small = scene({
    operation: { kernel_size: [1] },
    input: { shape: [1, 1], values: [-1.237] },
    weight: { shape: [1, 1, 1], values: [1] },
  });
  for (const typed of ["-1.24", "−1,24", "-1.237"]) {
    assert.ok(judge(ask(small, "value", 0), typed).right, typed);
  }
  assert.equal(diagnosis(ask(small, "value", 0), "-1.2"), "rounded");
  const shape = ask(shaped({ kernel_size: [3, 3] }, [1, 28, 28], [3, 1, 3, 3]), "shape");
  for (const typed of [
    "3x26x26",
    "26 × 26",
    "(3, 26, 26)",
    "torch.Size([3, 26, 26])",
    "26",
    "1 3 26 26",
  ]) {
    assert.ok(judge(shape, typed).right, typed);
  }
  const parameters = ask(shaped({ kernel_size: [3, 3] }, [12, 8, 8], [16, 12, 3, 3]), "parameters");
  for (const typed of ["1728", "1,728", "1 728", "1.728", "1'728"]) {
    assert.ok(judge(parameters, typed).right, typed);
  }
});

test("what cannot be read is said, with an example", () => {
  for (const [kind, texts] of [
    ["value", ["", "abc", "1 2", "1/0x"]],
    ["shape", ["", "three", "2.5 × 3"]],
  ]) {
    for (const typed of texts)
      assert.equal(diagnosis(ask(textbook(), kind), typed), "unreadable", typed);
  }
});

test("every question of every kind accepts its own answer and words its mistakes", () => {
  for (const kind of KINDS) {
    for (const seed of range(15)) {
      const drawn = randomScene(kind, seed);
      const steps = drawn.output.values.length / drawn.output.shape[0];
      for (const asked of ["value", "shape", "parameters"]) {
        const question = ask(drawn, asked, Math.floor(steps / 2), drawn.output.shape[0] - 1);
        const typed = asked === "shape" ? question.answer.join("x") : String(question.answer);
        assert.ok(judge(question, typed).right, `${kind} ${seed} ${asked} ${typed}`);
        for (const { message, name } of question.mistakes) {
          assert.doesNotMatch(message + question.text, /undefined|NaN|Infinity|null/, name);
          assert.match(message, /\.$/);
        }
        const wrong = judge(
          question,
          asked === "shape" ? question.answer.map((n) => n + 777).join("x") : "1e7",
        );
        assert.equal(wrong.right, false);
        assert.equal(wrong.diagnosis, null);
      }
    }
  }
});

test("the numbers shown in the cells are good enough to compute with", () => {
  const drawn = scene({
    operation: { kernel_size: [4] },
    input: { shape: [1, 4], values: [0.124, 0.124, 0.124, 0.124] },
    weight: { shape: [1, 1, 4], values: [10, 10, 10, 10] },
  });
  const question = ask(drawn, "value", 0);
  assert.ok(judge(question, "4.96").right);
  assert.ok(judge(question, "4.80").right, "from 0.12, as shown");
  assert.ok(!judge(question, "4.70").right);
});

test("a solution shows the way, a verdict on a wrong answer does not give it away", () => {
  const question = ask(shaped({ kernel_size: [3], stride: [2] }, [1, 10], [1, 1, 3]), "shape");
  assert.equal(question.solution, "1 × 4: floor((10 − 3) / 2) + 1 = 4");
  for (const size of range(30).filter((each) => each !== 4)) {
    assert.doesNotMatch(judge(question, `${size}`).message, /= 4|\b1 × 4\b/);
  }
});

test("a global pooling of a whole photograph can be asked about, and a map that is none", () => {
  const photograph = shaped({ kind: "adaptive_max", output_size: [1, 1] }, [1, 400, 400]);
  assert.ok(judge(ask(photograph, "value", 0, -1), "0").right);
});
