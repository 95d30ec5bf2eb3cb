import "./layout.js";
import { Failure, get, post, toLogin } from "./api.js";
import { $, fill, make, problem } from "./dom.js";

let cursor = 0;

const row = (each) => make("tr", {}, make("td", { class: "num" }, String(each.seq)), make("td", { class: "nowrap" }, new Date(each.made_at).toLocaleString("zh-CN", { hour12: false })), make("td", {}, each.made_by), make("td", {}, each.source), make("td", {}, each.action), make("td", {}, each.subject), make("td", {}, make("span", { class: each.result === "ok" ? "tag good" : "tag bad" }, each.result === "ok" ? "成" : "拒")), make("td", { class: "small" }, each.detail === "{}" ? "" : each.detail));

async function guarded(act) {
  try {
    problem("");
    await act();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(failure.message);
  }
}

async function load(more = false) {
  const after = more ? cursor : Number($("after").value) || 0;
  const found = await get(`/audit?limit=100&after=${after}&action=${encodeURIComponent($("action").value.trim())}&made_by=${encodeURIComponent($("made_by").value.trim())}`);
  const lines = found.entries.map(row);
  if (more) $("rows").append(...lines);
  else fill($("rows"), lines.length ? lines : make("tr", {}, make("td", { colspan: "8", class: "empty" }, "没有记录")));
  cursor = found.cursor;
  $("more").hidden = found.entries.length < 100;
}

$("find").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(() => load());
});
$("more").addEventListener("click", () => guarded(() => load(true)));
$("verify").addEventListener("click", () => guarded(async () => {
  $("verify").disabled = true;
  try {
    const found = await post("/audit/verify");
    $("result").hidden = false;
    $("result").classList.toggle("bad", !!found.problem);
    fill($("result"), found.problem ? `日志被改动过: ${found.problem}` : `完整: 共 ${found.entries} 条, 没有改动, 没有缺失。`);
  } finally {
    $("verify").disabled = false;
  }
}));
guarded(() => load());
