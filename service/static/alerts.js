import "./layout.js";
import { Failure, get, post, toLogin } from "./api.js";
import { $, ask, fill, make, problem, toast } from "./dom.js";

let found = null, muting = null;

function row(each) {
  const acts = [make("button", { type: "button", "aria-label": `认领 ${each.town} ${each.item}`, onclick: () => act(each, { action: "own" }) }, "认领"),
    each.muted_until ? make("button", { type: "button", onclick: () => act(each, { action: "unmute" }) }, "取消静音") : make("button", { type: "button", "aria-label": `静音 ${each.town} ${each.item}`, onclick: () => { muting = each; $("reason").value = ""; ask($("muting"), $("reason")); } }, "静音")];
  return make("tr", {}, make("td", { class: "nowrap" }, each.day), make("td", {}, each.town), make("td", {}, make("a", { href: `/explore?${new URLSearchParams(each.query)}` }, each.item)),
    make("td", { class: "num" }, make("b", {}, String(each.n))), make("td", { class: "num" }, each.people ? String(each.people) : "不明"), make("td", { class: "num" }, each.expected.toFixed(1)),
    make("td", {}, each.owner || make("span", { class: "muted" }, "无人")), make("td", {}, make("span", { class: "row" }, acts), each.muted_until ? make("div", { class: "small muted" }, `静音至 ${each.muted_until.slice(0, 10)}: ${each.reason}`) : ""));
}

function draw() {
  const shown = found.alerts.filter((each) => $("muted").checked || !each.muted_until);
  fill($("rows"), shown.map(row));
  $("empty").hidden = shown.length > 0;
  fill($("empty"), found.made_at ? "近 14 天没有突增" : "还没有快照");
  fill($("notes"), [`同一镇街同一事项一天 ${found.least} 件以上, 且远多于前 ${found.weeks} 周的平常数。`, `若来电互不相关, 预计每月误报不超过 ${found.false_alarms_a_month} 次; 一场风雨引来的许多电话不是误报。`, `前 ${found.weeks} 周没有数据的日子不作判断。`].map((words) => make("li", {}, words)));
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

async function act(each, body) {
  try {
    Object.assign(each, await post(`/analysis/alerts/${each.mark}`, body));
    draw();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    toast(failure.message, true);
  }
}

$("muted").addEventListener("change", draw);
$("muting").addEventListener("close", () => { if ($("muting").returnValue === "ok") act(muting, { action: "mute", reason: $("reason").value.trim(), days: Number($("days").value) || 7 }); });
load();
