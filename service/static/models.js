// Models: which there are, what they learnt from, which is in use.

import { get, may } from "./api.js";
import { activate, before, button, history } from "./activations.js";
import { $, fill, make } from "./dom.js";
import { doing } from "./page.js";

const TASKS = { routed_unit: "派哪个单位 (文本、地点、职责表合用)", unit: "单位 (只看文本)", item: "事项", type: "诉求类型", urgency: "紧急程度" };
const installed = "随系统配置的模型";
const called = (target) => target || installed;
const share = (value) => (typeof value === "number" ? `${(value * 100).toFixed(1)} %` : "—");

function row(each, state) {
  const name = called(each.target);
  const unit = each.metrics?.routed_unit || each.metrics?.unit || {};
  return make("tr", { class: state === "在用" ? "now" : "" }, make("td", {}, name), make("td", {}, each.problem ? make("span", { class: "tag bad" }, each.problem) : each.version), make("td", { class: "nowrap" }, (each.made || "").slice(0, 10)), make("td", {}, each.profile ? `${each.profile.code} ${each.profile.version}` : ""), make("td", { class: "num" }, each.rows ?? "—"),
    make("td", { class: "num" }, share(unit.hit1)), make("td", { class: "num" }, share(unit.hit3)), make("td", {}, state ? make("span", { class: state === "在用" ? "tag good" : "tag new" }, state) : ""),
    make("td", { class: "nowrap" }, make("span", { class: "row tight" }, button("模型卡", () => card(each.target), name), may("model.write") && state !== "在用" && !each.problem ? button("启用", () => activate("models", `model=${encodeURIComponent(each.target)}`, name, load), name) : "")));
}

function figures(metrics) {
  const head = ["任务", "件数", "首选命中", "前三命中", "宏平均 F1", "校准误差", "97 % 准确时的自动覆盖"];
  const line = ([task, each]) => make("tr", {}, make("td", {}, TASKS[task] || task), make("td", { class: "num" }, each.n), make("td", { class: "num" }, share(each.hit1)), make("td", { class: "num" }, share(each.hit3)), make("td", { class: "num" }, share(each.macro_f1)), make("td", { class: "num" }, share(each.ece)), make("td", { class: "num" }, share(each.coverage_at?.["0.97"])));
  const known = Object.keys(TASKS).filter((task) => metrics[task]).map((task) => [task, metrics[task]]);
  return make("table", {}, make("thead", {}, make("tr", {}, head.map((words, index) => make("th", index ? { class: "num" } : {}, words)))), make("tbody", {}, known.map(line)));
}

async function card(target) {
  await doing(async () => {
    const found = await get(`/models/card?model=${encodeURIComponent(target)}`);
    fill($("shown"), make("section", { class: "card", tabindex: "-1", id: "card" }, make("h2", {}, `模型卡: ${called(target)}`), make("p", {}, found.promise || "没有自动派单的承诺。"), found.metrics ? figures(found.metrics) : "",
      make("details", {}, make("summary", {}, "训练时写下的全文 (英文)"), make("pre", { class: "told", tabindex: "0", role: "region", "aria-label": "模型卡全文" }, found.card || "没有模型卡"))));
    $("card").focus();
  });
}

export async function load() {
  const found = await get("/models");
  const state = (target) => (found.in_use === target ? "在用" : found.activations.some((each) => each.state === "planned" && each.target === target) ? "计划中" : "");
  fill($("loaded"), found.problem ? make("p", { class: "notice bad" }, `启用的装不上, 仍用上一个: ${found.problem}`) : "", found.loaded ? make("p", {}, make("strong", {}, found.loaded.model), make("span", { class: "muted" }, ` 引擎 ${found.loaded.engine} · 城市表 ${found.loaded.profile}`)) : make("p", { class: "notice bad" }, "没有装上模型, 只按规则提示。"));
  fill($("models"), found.models.map((each) => row(each, state(each.target))));
  fill($("model-history"), history(found.activations, called, "model.write", load));
  const target = before(found);
  $("model-back").hidden = target === null || !may("model.write");
  $("model-back").onclick = () => activate("models", `model=${encodeURIComponent(target)}`, `${called(target)} (退回)`, load);
}
