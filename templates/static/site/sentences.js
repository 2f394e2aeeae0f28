/* Sentences with places for values: `{name}`, `{level.name}`, and `{change|signed}` for one written in a way. */
import { tellLastUse } from "./last-use.js";

const language = document.documentElement.lang || undefined;

/* A real minus, as the pages write it. */
const number = (value, options) => new Intl.NumberFormat(language, options).format(value).replace(/^-/, "\u2212");

const ways = {
  lastUse: tellLastUse,
  signed: (value) => number(value, { signDisplay: "exceptZero" }),
  status: (value, texts) => texts.statuses[value] ?? value,
};

function write(value) {
  return typeof value === "number" ? number(value) : String(value ?? "–");
}

/** Return a sentence with the values of `data` in their places. */
export function fill(sentence, data, texts) {
  return sentence.replace(/\{([\w.]+)(?:\|(\w+))?\}/g, (_, path, way) => {
    const value = path.split(".").reduce((part, name) => part?.[name], data);
    return way && value !== undefined && value !== null ? ways[way](value, texts) : write(value);
  });
}
