// Elements are made from text only: nothing that came from outside is ever read as HTML.

export const $ = (id) => document.getElementById(id);

/** An element: make("p", {class: "x", onclick: f}, "words", child, …). */
export function make(tag, given = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else made.setAttribute(name, value);
  }
  made.append(...inside.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== ""));
  return made;
}

/** New content. Where one of its parts had the focus, the new part with the same data-key has it. */
export function fill(place, ...inside) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...inside.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== ""));
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

let fading = 0;
export function toast(words, bad = false, long = bad ? 10000 : 5000) {
  const place = $("toast");
  fill(place, words);
  place.classList.toggle("bad", bad);
  place.classList.add("shown");
  clearTimeout(fading);
  fading = setTimeout(() => place.classList.remove("shown"), long);
}

export function problem(words) {
  const place = $("problem");
  place.hidden = !words;
  fill(place, words || "");
}

/** A probability is never told as certain, nor as nothing. */
export const percent = (p) => (p < 0.001 ? "<0.1%" : p > 0.999 ? ">99.9%" : `${(p * 100).toFixed(p >= 0.995 || p < 0.005 ? 1 : 0)}%`);
/** A share of things counted, which may be all or none. */
export const share = (p) => `${Math.round(p * 100)}%`;
/** Opens a dialog whose form says "ok": Escape and its cancel button say nothing, and Enter never means cancel. */
export function ask(dialog, first) {
  dialog.returnValue = "";
  dialog.querySelector(".cancel").onclick = () => dialog.close("");
  dialog.showModal();
  first.focus();
}

// Times stand in the time of the city, as in reports, whatever the clock of the browser says.
const two = "2-digit";
const city = (form) => new Intl.DateTimeFormat("zh-CN", { ...form, hourCycle: "h23", timeZone: document.querySelector('meta[name="triage-zone"]')?.content || undefined });
const short = city({ month: two, day: two, hour: two, minute: two });
const long = city({ year: "numeric", month: two, day: two, hour: two, minute: two, second: two });
const date = new Intl.DateTimeFormat("en-CA", { timeZone: short.resolvedOptions().timeZone });
/** Month, day, hour and minute. */
export const moment = (iso) => (iso ? short.format(new Date(iso)) : "");
/** With year and seconds. */
export const when = (iso) => (iso ? long.format(new Date(iso)) : "");
/** YYYY-MM-DD. */
export const day = (iso) => (iso ? date.format(new Date(iso)) : "");
export const lasting = (seconds) =>
  seconds === null ? "—" : seconds < 60 ? `${Math.round(seconds)} 秒` : seconds < 3600 ? `${Math.round(seconds / 60)} 分钟` : seconds < 172800 ? `${Math.round(seconds / 3600)} 小时` : `${Math.round(seconds / 86400)} 天`;
export const since = (iso) => (Date.now() - new Date(iso).getTime()) / 1000;
