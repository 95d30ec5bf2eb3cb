// Keys of the workbench. Single keys count only outside of fields; inside, Ctrl+Enter sends and Alt with a digit chooses.

import * as dialogs from "./dialogs.js";
import { $, toast } from "./dom.js";

const FIELD = "input, textarea, select, [contenteditable]";

/** `on`: what each key does; shifted() says why a click must do nothing. */
export function bind(on) {
  const plain = {
    "1": () => on.pick(0), "2": () => on.pick(1), "3": () => on.pick(2), Enter: on.send, "/": on.find, n: on.next, c: on.call, r: on.refuse, f: on.final, x: on.close,
    u: on.unmask, l: on.reload, t: on.seize, s: on.split, "?": dialogs.help, "？": dialogs.help, q: () => document.querySelector("#questions button")?.focus(),
    i: () => (on.stored() ? $("stored") : $("text")).focus(),
  };
  addEventListener("keydown", (event) => {
    // While an input method is composing, keys belong to it.
    if (event.isComposing || event.keyCode === 229 || dialogs.open()) return;
    const act = event.target.matches?.(FIELD) ? inside(event, on) : event.ctrlKey || event.altKey || event.metaKey ? null : outside(event, plain);
    if (!act) return;
    event.preventDefault();
    act();
  });
  $("answers").addEventListener("click", (event) => {
    // A click by key has no detail: it cannot miss.
    const why = event.detail ? on.shifted() : "";
    if (!why) return;
    event.stopPropagation();
    event.preventDefault();
    toast(why, true, 4000);
  }, true);
}

function inside(event, on) {
  if (event.key === "Escape") return () => ($("send").disabled ? $("answers") : $("send")).focus();
  if (event.key === "Enter" && event.ctrlKey) return on.send;
  if (event.altKey && ["Digit1", "Digit2", "Digit3"].includes(event.code)) return () => on.pick(Number(event.code.at(-1)) - 1);
  return null;
}

function outside(event, plain) {
  // Enter on a button or link is that button's own; on the candidate that was picked already it sends.
  if (event.key === "Enter" && event.target.closest?.("button:not([data-picked]), a, summary")) return null;
  return event.repeat ? null : plain[event.key.length === 1 ? event.key.toLowerCase() : event.key];
}
