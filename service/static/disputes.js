// Requests that were sent back twice: who said no and why, and what the engine says now.

import { get } from "./api.js";
import { urgency } from "./advice.js";
import { fill, lasting, make, moment, since } from "./dom.js";

const MOST = 20;

function card(each, named) {
  const back = each.history.filter((event) => ["refuse", "escalate"].includes(event.action));
  const line = (event) => make("li", {}, make("span", { class: "muted" }, `${moment(event.made_at)} `), make("strong", {}, named(event.detail.unit, event.detail.area)), ` 退单: ${event.detail.reason}${event.detail.note ? ` (${event.detail.note})` : ""}`);
  const first = each.suggestion?.shown.units[0];
  return make("article", { class: "dispute" }, make("div", { class: "row" }, urgency(each.urgency), make("a", { class: "start", href: `/?request=${each.id}&queue=disputed` }, `${each.ref || each.id} ${each.title || each.start}`), make("span", { class: "grow" }), each.owner ? make("span", { class: "tag warn" }, `${each.owner_name} 正在处理`) : "", make("span", { class: "muted" }, `已等 ${lasting(since(each.changed_at))}`)),
    make("ol", { class: "plainlist" }, back.map(line)), first ? make("p", { class: "muted small" }, `除去退单单位, 现在的首选: ${first.name}`) : "");
}

/** Fills `place`; `named(unit, area)` gives names. */
export async function load(place, named) {
  const { requests, counts } = await get(`/queue?name=disputed&limit=${MOST}`);
  const found = await Promise.all(requests.map((each) => get(`/requests/${each.id}`)));
  const rest = counts.disputed - found.length;
  fill(place, found.length ? found.map((each) => card(each, named)) : make("p", { class: "empty" }, "没有争议"), rest > 0 ? make("p", {}, make("a", { href: "/queue?name=disputed" }, `另有 ${rest} 件, 到队列查看`)) : "");
}
