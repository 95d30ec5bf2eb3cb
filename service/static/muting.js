// Owning and muting what was found: buttons, the dialog that asks why, and what stands under them.

import { Failure, toLogin, who } from "./api.js";
import { $, ask, day, fill, make, toast } from "./dom.js";

let muting = null;

/** Whether it is shown: muted ones only where somebody asks for them. */
export const shown = (each) => $("muted").checked || !each.muted_until;
export const owner = (each) => each.owner_name || each.owner || make("span", { class: "muted" }, "无人");

/** The buttons of one finding; `act(body)` calls and draws again. */
export function buttons(each, name, act) {
  const doing = (body) => tried(() => act(body));
  const mine = each.owner === who, claim = mine ? "交还" : "认领";
  return [make("button", { type: "button", class: "nowrap", "aria-label": `${claim} ${name}`, onclick: () => doing({ action: mine ? "release" : "own" }) }, claim),
    each.muted_until ? make("button", { type: "button", class: "nowrap", "aria-label": `取消静音 ${name}`, onclick: () => doing({ action: "unmute" }) }, "取消静音")
      : make("button", { type: "button", class: "nowrap", "aria-label": `静音 ${name}`, onclick: () => { muting = doing; fill($("muting-title"), `静音: ${name}`); $("reason").value = ""; ask($("muting"), $("reason")); } }, "静音")];
}

export const why = (each) => (each.muted_until ? make("div", { class: "small muted" }, `静音至 ${day(each.muted_until)}: ${each.reason}`) : "");

async function tried(work) {
  try {
    await work();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    toast(failure.message, true);
  }
}

/** Once per page: what happens when the dialog closes, and when muted ones are to be shown. */
export function ready(draw) {
  $("muted").addEventListener("change", draw);
  $("muting").addEventListener("close", () => { if ($("muting").returnValue === "ok" && muting) muting({ action: "mute", reason: $("reason").value.trim(), days: Number($("days").value) || 7 }); });
}
