// The page where digits are drawn: pointer -> strokes -> image -> model -> table.

import * as ort from "./ort.wasm.min.mjs";
import {countsOf} from "./bitmap.js";

const ROWS = 8;
ort.env.wasm.numThreads = 1; // several would ask the server for headers

const find = (selector) => document.querySelector(`#draw ${selector}`);
const here = (name) => new URL(name, import.meta.url).href;
const [pad, path, table, said] = ["svg", "path", ".rows", "output"].map(find);
const model = await ort.InferenceSession.create(here("digits.onnx"));
const examples = await (await fetch(here("digits.json"))).json();

let [strokes, example, changed] = [[], examples[2], true];

// The beginnings of an image are sequences of their own: of one row, of two, up to all eight. Where
// a sequence has ended, the model reads NaN.
async function ask(counts) {
  const X = new Float32Array(ROWS * ROWS * ROWS).fill(NaN);
  for (let end = 1; end <= ROWS; end++)
    X.set(counts.slice(0, end).flat().map((count) => count / 16), (end - 1) * ROWS * ROWS);
  const {probabilities, states} = await model.run(
    {X: new ort.Tensor("float32", X, [ROWS, ROWS, ROWS])});
  const nUnits = states.dims[3];
  return counts.map((_, row) => {
    const whole = (row * ROWS + ROWS - 1) * nUnits; // states (T, 1, B, H), of the last sequence
    return {
      state: [...states.data.slice(whole, whole + nUnits)],
      probabilities: [...probabilities.data.slice(row * 10, row * 10 + 10)],
    };
  });
}

function strip(kind, values) {
  const strip = document.createElement("div");
  strip.className = kind;
  for (const value of values) {
    const cell = document.createElement("i");
    cell.style.setProperty("--size", Math.abs(value));
    cell.classList.toggle("negative", value < 0);
    cell.classList.toggle("likeliest", kind === "probabilities" && value === Math.max(...values));
    strip.append(cell);
  }
  return strip;
}

async function show(counts) {
  const answers = await ask(counts);
  table.replaceChildren(...answers.flatMap(({state, probabilities}, row) => [
    strip("pixels", counts[row].map((count) => count / 16)),
    strip("state", state),
    strip("probabilities", probabilities),
  ]));
  const {probabilities} = answers[ROWS - 1];
  const highest = Math.max(...probabilities);
  said.textContent = counts.flat().some(Boolean)
    ? `After all rows: ${probabilities.indexOf(highest)}, with probability ${highest.toFixed(2)}.`
    : "Draw a digit, with a mouse or a finger.";
}

function change(toStrokes, toExample = null) {
  [strokes, example, changed] = [toStrokes, toExample, true];
  table.ariaBusy = "true";
  const line = ([first, ...more]) => `M${[first, first, ...more].join("L")}`; // a dot is one, too
  path.setAttribute("d", strokes.map(line).join(""));
}

function pointOf(event) {
  const box = pad.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

pad.addEventListener("pointerdown", (event) => {
  pad.setPointerCapture(event.pointerId);
  change([...strokes, [pointOf(event)]]);
});
pad.addEventListener("pointermove", (event) => {
  if (!pad.hasPointerCapture(event.pointerId)) return;
  const stroke = strokes.at(-1);
  for (const [x, y] of (event.getCoalescedEvents?.() ?? [event]).map(pointOf)) {
    const [lastX, lastY] = stroke.at(-1);
    if (Math.hypot(x - lastX, y - lastY) > 0.01) stroke.push([x, y]);
  }
  change(strokes);
});
find(".clear").addEventListener("click", () => change([]));
examples.forEach((counts, digit) => {
  const button = document.createElement("button");
  button.textContent = digit;
  button.addEventListener("click", () => change([], counts));
  find(".examples").append(button);
});

// One answer at a time: while the model is at work, more may be drawn.
while (true) {
  if (changed) {
    changed = false;
    await show(example ?? countsOf(strokes));
    table.ariaBusy = String(changed);
  }
  await new Promise(requestAnimationFrame);
}
