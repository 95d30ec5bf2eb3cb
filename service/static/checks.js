// What stops a dispatch: a town that nobody named, a call that belongs to the police, the fire brigade or an ambulance first.

import * as advice from "./advice.js";
import { key, unit } from "./recipient.js";
import * as dialogs from "./dialogs.js";
import { $, toast } from "./dom.js";

const EMERGENCY = /11[09]|12[02]/;

/** The town unit stands for all towns: the caller says which one, or it is looked up. True where that must come first. */
export function townless(meant, profile) {
  if (!profile?.town_unit || meant.code !== profile.town_unit || meant.area) return false;
  toast("还不知道在哪个镇街: 先问清, 或按 / 查镇街名, 再派单", true);
  ($("questions").querySelector("[data-issue=place] button") || $("other")).focus();
  return true;
}

/** What the operator says of a transfer, to be kept as a reason; "" where nothing presses, null where it must not go out yet. */
export async function cleared(state, meant, draw) {
  const pressing = advice.dangers(state.shown);
  const calls = pressing.filter((each) => EMERGENCY.test(each.transfer));
  if (calls.length) return transferred(calls, meant.name);
  if (!pressing.length || state.sure === key(meant)) return "";
  state.sure = key(meant);
  draw();
  const own = state.sure === key(unit(state));
  toast(`须先处置: 请先转接 ${pressing.map((each) => each.transfer || each.name).join("、")}, ${own ? "再按一次 Enter 派单" : `再按 / 派给 ${meant.name}`}`, true);
  $(own ? "send" : "other").focus();
  return null;
}

/** Two keys in a row must never do: what was done is chosen by name. */
async function transferred(calls, name) {
  const numbers = [...new Set(calls.map((each) => each.transfer))].join("、");
  const told = await dialogs.ask(`派给 ${name} 之前: 转接 ${numbers}`, {
    note: calls.map((each) => `${each.name}: ${each.handling}`).join(" "), choice: "转接了没有", choices: [`已转接 ${numbers}`, "已核实: 没有正在发生的危险"].map((each) => [each, each]), label: "说明", least: 0, ok: "派单",
  });
  return told ? [told.choice, told.words].filter(Boolean).join(": ") : null;
}
