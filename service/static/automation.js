// Automatic dispatch: whether it is on, what is promised of it, and which units get nothing by themselves for now.

import { get, may, post } from "./api.js";
import * as dialogs from "./dialogs.js";
import { $, fill, make, moment } from "./dom.js";
import { doing } from "./page.js";

const EVERYONE = "*";
const share = (value) => `${Number((value * 100).toPrecision(3))} %`;

/** Asks why, then turns it; `unit` "*": all units. */
async function turn(on, unit, name, reload) {
  const title = unit === EVERYONE ? `${on ? "打开" : "关闭"}自动派单 (全市)` : `${on ? "恢复" : "暂停"}自动派单: ${name}`;
  const note = on ? "达到自动派单线的诉求会不经人确认就派出; 退改监测从头计数。" : "以后的诉求都由人确认后派出。";
  const told = await dialogs.ask(title, { note, ok: on ? (unit === EVERYONE ? "打开" : "恢复") : unit === EVERYONE ? "关闭" : "暂停" });
  if (!told) return;
  await doing(async () => {
    await post("/automation", { on, unit, reason: told.words });
    await reload();
  }, on ? "已生效, 各进程几秒内跟上" : "已停, 各进程几秒内跟上");
}

const READ = { fast: "速读", close: "细读" };

/** What holds of each reading, where there are two: a promise of one says nothing about the other. */
function promised(found) {
  const two = found.readings.length > 1;
  const turned = found.last ? make("p", { class: "muted small" }, `${moment(found.last.since)} 由 ${found.last.by} ${found.on ? "打开" : "关闭"}: ${found.last.reason}`) : "";
  if (!two) return [make("p", { class: "promise" }, found.sentence), figures(found, found.promise), turned];
  const tag = (each) => make("span", { class: each.proven ? "tag good" : "tag warn" }, `${READ[each.reading]}: ${each.proven ? "已证明" : "没有证明过"}, ${each.on && each.able ? "开" : "关"}`);
  return [...[...found.readings].reverse().map((each) => make("p", { class: "promise" }, tag(each), " ", each.sentence)), figures(found, found.readings.find((each) => each.promise)?.promise), make("p", { class: "muted small" }, "逐件登记的诉求细读, 成批导入的速读; 各按各的承诺。"), turned];
}

function figures(found, promise) {
  const proven = promise ? [["承诺的错误率上限", share(promise.max_error)], ["把握", share(promise.confidence)], ["可自动派出", promise.auto ? share(promise.coverage) : "无"], ["证明所用件数", promise.rows]] : [];
  const facts = [...proven, ["实际: 已知结果", found.seen], ["其中退改", found.seen ? `${found.wrong} (${share(found.wrong / found.seen)})` : "0"]];
  return make("dl", { class: "facts six" }, facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))]));
}

function line(each, reload) {
  return make("tr", {}, make("td", {}, make("strong", {}, each.name)), make("td", {}, make("span", { class: each.why === "guard" ? "tag bad" : "tag warn" }, each.why === "guard" ? "退改监测" : "人工暂停")), make("td", { class: "nowrap" }, `${moment(each.since)} 起`), make("td", {}, each.reason, each.by ? make("span", { class: "muted" }, ` (${each.by})`) : ""),
    make("td", { class: "nowrap" }, may("switch.write") ? make("button", { type: "button", "aria-label": `恢复 ${each.name}`, onclick: () => turn(true, each.unit, each.name, reload) }, "恢复…") : ""));
}

/** Asks for the state and shows it. `units`: [[code, name]] that may be suspended by hand. */
export async function load(units) {
  const reload = () => load(units);
  const found = await get("/automation");
  const choose = make("select", { class: "slim", "aria-label": "要暂停的单位" }, make("option", { value: "" }, "选单位"), units.map(([code, name]) => make("option", { value: code }, name)));
  const stop = make("button", { type: "button", onclick: () => choose.value && turn(false, choose.value, choose.selectedOptions[0].textContent, reload) }, "暂停它…");
  fill($("switch"), make("span", { class: found.on && found.able ? "tag good" : "tag warn", id: "state" }, found.on ? (found.able ? "开" : "开, 但模型没有自动派单线") : found.last ? "关" : "关 (没有证明过, 没有人打开)"), " ", may("switch.write") ? make("button", { type: "button", id: "turn", class: found.on ? "danger" : "main", onclick: () => turn(!found.on, EVERYONE, "", reload) }, found.on ? "关闭…" : "打开…") : "");
  fill($("promise"), promised(found));
  fill($("suspended"), found.suspended.length ? make("table", {}, make("tbody", {}, found.suspended.map((each) => line(each, reload)))) : make("p", { class: "muted" }, "没有"), may("switch.write") && units.length ? make("div", { class: "row" }, choose, stop) : "");
}
