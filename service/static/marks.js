// Highlights. The engine counts Unicode characters, JavaScript counts halves of them.

import { make } from "./dom.js";

/** A text as strings and <mark>s at the spans [{start, end}], counted in Unicode characters. */
export function marked(text, spans) {
  const letters = Array.from(text);
  const lit = new Uint8Array(letters.length);
  for (const span of spans) lit.fill(1, span.start, span.end);
  const parts = [];
  for (let from = 0, to = 0; from < letters.length; from = to) {
    while (to < letters.length && lit[to] === lit[from]) to += 1;
    const words = letters.slice(from, to).join("");
    parts.push(lit[from] ? make("mark", {}, words) : words);
  }
  return parts;
}

/** The phrases that a reason names: 文中用词: 路灯、泮村 */
export const phrases = (unit) =>
  unit.reasons.filter((each) => each.kind === "phrase").flatMap((each) => each.text.replace(/^[^:]*:\s*/, "").split("、")).map((each) => each.replace(/…$/, "").trim()).filter(Boolean);

/** Spans of every place where a phrase stands. Masked texts have lost the offsets of the text as received. */
export function places(text, found) {
  const letters = Array.from(text).join("\u0000");
  const spans = [];
  for (const phrase of found) {
    const sought = Array.from(phrase).join("\u0000");
    for (let at = letters.indexOf(sought); sought && at >= 0; at = letters.indexOf(sought, at + 1)) {
      const start = at === 0 ? 0 : letters.slice(0, at).split("\u0000").length - 1;
      spans.push({ start, end: start + Array.from(phrase).length });
    }
  }
  return spans;
}
