// What is not on the server yet lives in this browser, per account: the draft, parts split off for later, and decisions not yet sent.

const name = (who, what) => `triage:${who}:${what}`;

export function read(who, what, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name(who, what))) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** False where the browser keeps nothing (full, or forbidden). */
export function write(who, what, value) {
  try {
    localStorage.setItem(name(who, what), JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export const fresh = () => ({ key: crypto.randomUUID?.() || [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join(""), title: "", text: "", place: "", caller_kind: "", name: "", phone: "", confidential: false, answers: {}, begun: "" });
export const blank = (draft) => !(draft.text + draft.title).trim();
export const unsent = (who) => read(who, "outbox", []).length > 0 || read(who, "later", []).length > 0 || !blank(read(who, "draft", fresh()));

export function wipe(who) {
  for (const what of ["draft", "later", "outbox"]) localStorage.removeItem(name(who, what));
}

/** What was typed before the page was ready is the call at hand; another draft of before waits behind it. */
export function typedEarly(who, before, fields) {
  const now = Object.fromEntries(fields.map((name) => [name, document.getElementById(name).value]));
  if (blank(now) || before.text + before.title === now.text + now.title) return before;
  if (!blank(before)) write(who, "later", [...read(who, "later", []), before]);
  return { ...fresh(), ...now, begun: new Date().toISOString() };
}

/** A draft that makes room without being lost: the one to go on with. */
export function shelved(who, draft) {
  if (blank(draft) || !write(who, "later", [...read(who, "later", []), draft])) return draft;
  const next = fresh();
  write(who, "draft", next);
  return next;
}

/** A draft for each of the matters [{start, end}], counted in Unicode characters of its text. */
export function apart(draft, matters) {
  const letters = Array.from(draft.text);
  const { place, caller_kind, name, phone, confidential, begun } = draft;
  return matters.map((each) => ({ ...fresh(), place, caller_kind, name, phone, confidential, begun, text: letters.slice(each.start, each.end).join("").trim() }));
}
