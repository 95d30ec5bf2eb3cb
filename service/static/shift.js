// The foot of the workbench: what was done today, and what waits.

import { idle } from "./advice.js";
import { get } from "./api.js";
import { $, fill, lasting } from "./dom.js";

/** Asks for both and shows them; `lost` is called where the login has ended. */
export async function figures(lost, blank) {
  try {
    const [day, { counts }] = await Promise.all([get("/figures/day"), get("/queue?name=new&limit=1")]);
    fill($("today"), `今日 派出 ${day.dispatched} · 采纳 ${day.accepted} · 改选改派 ${day.chosen + day.overridden} · 中位 ${lasting(day.median_seconds)} / 目标 ${lasting(day.target_seconds)} · 待分办 ${counts.new} · 超时 ${counts.overdue}`);
    const shown = idle(counts);
    if (blank()) fill($("details"), shown);
  } catch (failure) {
    if (failure.code === "not_logged_in") lost();
  }
}
