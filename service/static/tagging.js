// The dialog with the tags of one request: what set each, how surely, and giving or taking one by hand.

import { Failure, get, may, post, toLogin } from "./api.js";
import { $, fill, make, percent, when } from "./dom.js";

const SOURCE = { rule: "规则", model: "模型", field: "登记项", derived: "推算", manual: "人工" };
let number = 0, told = null;

const WHO = { repeat_of: "同一诉求人此前 90 天的工单" };

function source(each) {
  if (each.source === "manual") return `人工: ${each.who_name}, ${when(each.at)}`;
  const row = /^tags\.csv:(\d+)$/.exec(each.who);
  return `${SOURCE[each.source]}: ${row ? `标签表 tags.csv 第 ${row[1]} 行` : WHO[each.who] || (each.source === "rule" ? "分析员自建" : each.who)}`;
}

function draw() {
  const settable = new Set(told.choices.map((each) => each.code));
  fill($("tag-rows"), told.tags.map((each) => make("tr", {}, make("td", { class: "nowrap" }, each.name, " ", each.sensitivity === "restricted" ? make("span", { class: "tag bad" }, "限班长") : ""), make("td", {}, make("b", {}, each.shown)), make("td", { class: "small" }, source(each)),
    make("td", { class: "num" }, each.source === "manual" || each.p >= 1 ? "—" : percent(each.p)),
    make("td", {}, may("tag.mark") && settable.has(each.tag) ? make("button", { type: "button", class: "small", "aria-label": `去掉 ${each.name} ${each.shown}`, onclick: () => set(each.tag, each.value, false) }, "去掉") : ""))));
  $("tag-empty").hidden = told.tags.length > 0;
  fill($("tag-empty"), "没有标签");
  fill($("tag-marks"), told.marks.map((each) => make("li", {}, `${when(each.made_at)} ${each.made_by_name} ${each.held ? "打上" : "去掉"} ${each.name}: ${each.value}`)), told.gone ? make("li", {}, `另有 ${told.gone} 条人工标记属于已改名或撤销的标签, 不再显示, 也不计入统计。`) : "");
  const before = $("give-tag").value;
  fill($("give-tag"), told.choices.map((each) => make("option", { value: each.code, selected: each.code === before }, each.name)));
  offer();
  $("give").hidden = false;
  for (const each of $("give").querySelectorAll("label, input, .main")) each.hidden = !may("tag.mark");
}

function offer() {
  const chosen = told.choices.find((each) => each.code === $("give-tag").value);
  fill($("give-values"), (chosen?.values || []).map((each) => make("option", { value: each })));
  $("give-value").placeholder = chosen?.values.length ? `从 ${chosen.values.slice(0, 3).join("、")}${chosen.values.length > 3 ? "…" : ""} 中选` : "几个字";
}

function failed(failure) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.code === "not_logged_in") return toLogin();
  $("tag-problem").hidden = false;
  fill($("tag-problem"), failure.code === "bad_value" ? "没有这个取值, 请从列表选; 自填的不能含等号。" : failure.message);
}

async function set(tag, value, held) {
  $("tag-problem").hidden = true;
  try {
    told = await post(`/requests/${number}/tags`, { tag, value, held });
    draw();
    $("give-value").value = "";
    $("give-value").focus();
  } catch (failure) {
    failed(failure);
  }
}

/** Opens the dialog for a request. */
export async function tagsOf(id, ref) {
  number = id;
  $("tagging-title").textContent = `标签 · ${ref || id}`;
  fill($("tag-rows"));
  fill($("tag-marks"));
  $("tag-problem").hidden = true;
  $("give").hidden = true;
  $("tag-empty").hidden = false;
  fill($("tag-empty"), "正在载入…");
  $("tagging").showModal();
  try {
    told = await get(`/requests/${id}/tags`);
    draw();
    $("give-tag").focus();
  } catch (failure) {
    fill($("tag-empty"), "没有载入");
    failed(failure);
  }
}

$("give-tag").addEventListener("change", offer);
$("give").addEventListener("submit", (event) => { event.preventDefault(); set($("give-tag").value, $("give-value").value.trim(), true); });
$("tagged").addEventListener("click", () => $("tagging").close());
