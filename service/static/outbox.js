// Decisions on their way. Each is kept in this browser until the service has acknowledged it, and sent again with the same key: the
// service does nothing twice.

import { Failure, post, who } from "./api.js";
import { read, write } from "./draft.js";

let sending = false;
let told = () => {};

/** `changed(items)` is called whenever the outbox changes; `done(item, answer)` and `failed(item, failure)` for what was on its way. */
export function start(changed, done, failed) {
  told = { changed, done, failed };
  changed(all());
  flush();
  setInterval(flush, 4000);
  addEventListener("online", flush);
}

export const all = () => read(who, "outbox", []);

/** Keeps it first, then sends it. False where this browser could not keep it: then nothing may be cleared from the screen. */
export function put(item) {
  const kept = write(who, "outbox", [...all(), item]);
  told.changed(all());
  if (kept) flush();
  return kept;
}

export function take(key) {
  const found = all().find((each) => each.key === key);
  write(who, "outbox", all().filter((each) => each.key !== key));
  told.changed(all());
  return found;
}

export async function flush() {
  if (sending) return;
  sending = true;
  try {
    for (const item of all()) {
      if (item.problem) continue;
      try {
        const answer = await deliver(item);
        take(item.key);
        told.done(item, answer);
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        if (failure.passing || failure.code === "not_logged_in") {
          told.changed(all(), failure);
          break;
        }
        write(who, "outbox", all().map((each) => (each.key === item.key ? { ...each, problem: failure.message } : each)));
        told.changed(all());
        told.failed(item, failure);
      }
    }
  } finally {
    sending = false;
  }
}

async function deliver(item) {
  if (item.request) return post(`/requests/${item.request}/decisions`, item.body, { key: item.key });
  const made = await post("/requests", item.body, { key: item.key });
  const body = { version: 1, ...decision(made, item) };
  const answer = await post(`/requests/${made.id}/decisions`, body, { key: `${item.key}-decision` });
  return { ...answer, request: made.id };
}

/** What the operator chose, in the words of the API: the candidates that were stored are those that count. */
function decision(made, item) {
  const { unit, area, item: matter, reason } = item.choice;
  const at = made.suggestion.shown.units.findIndex((each) => each.code === unit && each.area === area);
  const action = at === 0 ? "accept" : at > 0 ? "choose" : "override";
  return { action, suggestion: made.suggestion.id, unit, area, ...(matter ? { item: matter } : {}), ...(action === "override" ? { reason: reason || "话务员按界面上的建议选定" } : reason ? { reason } : {}) };
}
