import "./layout.js";
import { Failure, get, post, toLogin } from "./api.js";
import { $, fill, make, problem } from "./dom.js";
import { buttons, owner, ready, shown, why } from "./muting.js";

let found = null;

function row(each) {
  const acts = buttons(each, `${each.day} ${each.town} ${each.item}`, async (body) => { Object.assign(each, await post(`/analysis/alerts/${each.mark}`, body)); draw(); });
  return make("tr", {}, make("td", { class: "nowrap" }, each.day), make("td", {}, each.town), make("td", {}, make("a", { href: `/explore?${new URLSearchParams(each.query)}` }, each.item)),
    make("td", { class: "num" }, make("b", {}, String(each.n))), make("td", { class: "num" }, each.people ? String(each.people) : "不明"), make("td", { class: "num" }, each.expected.toFixed(1)),
    make("td", {}, owner(each)), make("td", {}, make("span", { class: "row" }, acts), why(each)));
}

function draw() {
  const rows = found.alerts.filter(shown);
  fill($("rows"), rows.map(row));
  $("empty").hidden = rows.length > 0;
  fill($("empty"), !found.made_at ? "还没有快照" : !found.known ? `近 ${found.days} 天没有数据, 不能判断` : found.unlooked.days >= found.days ? `近 ${found.days} 天都不能判断: 快照里没有此前 ${found.weeks} 周的数据` : found.alerts.length ? "突增都已静音" : `近 ${found.days} 天没有突增`);
  fill($("notes"), [`看的是 ${found.until} 为止的 ${found.days} 天。`, `同一镇街同一事项一天 ${found.least} 件以上, 且远多于前 ${found.weeks} 周的平常数。`, `若来电互不相关, 预计每月误报不超过 ${found.false_alarms_a_month} 次; 一场风雨引来的许多电话不是误报。`, `前 ${found.weeks} 周没有数据的日子不作判断${found.unlooked.days ? `: 近 ${found.days} 天中有 ${found.unlooked.days} 天` : ""}。`,
    found.unlooked.nowhere ? `${found.unlooked.nowhere} 件不知镇街或事项, 不在其中。` : "", found.gaps[0]].filter(Boolean).map((words) => make("li", {}, words)));
}

async function load() {
  try {
    found = await get("/analysis/alerts");
    problem("");
    draw();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(failure.message);
  }
}

ready(() => found && draw());
load();
