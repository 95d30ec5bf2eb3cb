// From when what is in use: plans, what is, what was. The same for the city's tables and for models.

import { may, post } from "./api.js";
import * as dialogs from "./dialogs.js";
import { make, moment } from "./dom.js";
import { doing } from "./page.js";

const STATES = { planned: ["计划中", "tag new"], active: ["在用", "tag good"], over: ["已停用", "tag"], cancelled: ["已取消", "tag warn"] };

export const button = (words, act, of, kind = "") => make("button", { type: "button", class: kind, "aria-label": `${words} ${of}`, onclick: act }, words);

/** Asks for reason and time, then puts `target` in use. `what`: profiles or models; `query`: how the call names it. */
export async function activate(what, query, name, reload) {
  const told = await dialogs.ask(`启用 ${name}`, { note: "会先整体试装一遍; 装不上就不启用。所有进程随后自动换用, 不用重启。", label: "理由", ok: "启用", when: true });
  if (!told) return;
  await doing(async () => {
    await trying(name, () => post(`/${what}/activate?${query}`, { at: told.when, reason: told.words }));
    await reload();
  }, told.when ? `已定于 ${told.when.replace("T", " ")} 启用` : "已启用");
}

/** Trying takes seconds: says so, and takes no second order meanwhile. */
async function trying(name, act) {
  const main = document.querySelector("main");
  const told = make("p", { class: "notice", role: "status", id: "trying" }, `正在试装 ${name} …`);
  const held = [...main.querySelectorAll("button:not([disabled])")];
  main.prepend(told);
  for (const each of held) each.disabled = true;
  try {
    return await act();
  } finally {
    told.remove();
    for (const each of held) each.disabled = false;
  }
}

/** Rows of the history. `names(target)`: what it is called. */
export function history(found, names, right, reload) {
  const row = (each) => make("tr", {}, make("td", {}, make("span", { class: STATES[each.state][1] }, STATES[each.state][0])), make("td", {}, names(each.target)), make("td", { class: "nowrap" }, `${moment(each.starts_at)} 起`), make("td", {}, each.made_by), make("td", {}, each.reason),
    make("td", { class: "nowrap" }, each.state === "planned" && may(right) ? button("取消计划", () => cancel(each, names(each.target), reload), names(each.target), "danger") : ""));
  return found.length ? found.map(row) : make("tr", {}, make("td", { colspan: "6", class: "empty" }, "还没有启用过别的版本, 用的是随系统配置的。"));
}

async function cancel(each, name, reload) {
  const told = await dialogs.ask(`取消计划: ${name}`, { ok: "取消计划" });
  if (told) await doing(async () => {
    await post(`/activations/${each.id}/cancel`, { reason: told.words });
    await reload();
  }, "计划已取消");
}

/** What was in use before: where "roll back" leads; at first what came with the system (""). Null where nothing was ever activated. */
export function before({ activations, in_use: now }) {
  const last = activations.find((each) => each.state === "over");
  return last ? last.target : now ? "" : null;
}
