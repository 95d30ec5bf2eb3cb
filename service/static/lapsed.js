// Urgent requests that somebody took up and did not decide in time: who has them, since when, and the way back into the queue.

import { get, may, post } from "./api.js";
import { urgency } from "./advice.js";
import { $, fill, lasting, make, since, toast } from "./dom.js";

const MOST = 20;

function card(each, again) {
  const back = async () => {
    await post(`/requests/${each.id}/release`, { version: each.version }, { key: `back-${each.id}-${each.version}` });
    toast(`${each.ref || each.id} 已放回队列`);
  };
  return make("li", { class: "row" }, urgency(each.urgency), make("a", { class: "start grow", href: `/?request=${each.id}&queue=lapsed` }, `${each.ref || each.id} ${each.title || each.start}`), make("span", { class: "tag warn" }, `${each.owner_name} 认领 ${lasting(since(each.claimed_at))}`), make("span", { class: "muted" }, `已等 ${lasting(since(each.changed_at))}`),
    may("request.decide") ? make("button", { type: "button", "aria-label": `放回队列 ${each.ref || each.id}`, onclick: () => again(back) }, "放回队列") : "");
}

/** Fills its place, which is hidden while there are none; `again(act)` acts and loads anew. */
export async function load(again) {
  const { requests, counts } = await get(`/queue?name=lapsed&limit=${MOST}`);
  $("lapsed-card").hidden = !requests.length;
  const rest = counts.lapsed - requests.length;
  fill($("lapsed"), requests.map((each) => card(each, again)), rest > 0 ? make("li", { class: "muted" }, `另有 ${rest} 件`) : "");
}
