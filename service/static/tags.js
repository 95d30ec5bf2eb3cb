import "./layout.js";
import { Failure, get, may, post, toLogin } from "./api.js";
import { $, ask, fill, make, problem, toast, when } from "./dom.js";
import { marked, places } from "./marks.js";
import * as rules from "./rule.js";

const HOW = { rule: "规则", model: "模型", field: "登记项", derived: "推算", manual: "人工" };
const STATE = { draft: "草稿", published: "已发布", ended: "已停用" };
const LACKS = { patterns: "词语不全", unless: "被“不含”排除", items: "事项不符", types: "类型不符", towns: "镇街不符" };
const ROLES = { analyst: "分析员", supervisor: "班长" };
let trial = null, found = null, options = null, chosen = null, form = rules.empty(), dirty = false, acting = "";
const count = (n) => n.toLocaleString("zh-CN");
const fresh = () => ({ code: "", source: "analyst", how: "rule", state: "draft", version: 0, versions: [], values: [], visible_to: ["analyst", "supervisor"], sensitivity: "no", draft: null, rule: {}, name: "", definition: "", dimension: "自建" });

function list() {
  const sought = $("sought").value.trim().toLowerCase();
  const shown = found.tags.filter((each) => !sought || JSON.stringify([each.code, each.name, each.definition, each.dimension, each.values.map((value) => [value.value, value.rule?.patterns]), each.rule?.patterns]).toLowerCase().includes(sought));
  const groups = [...new Set(shown.map((each) => each.dimension))].sort((one, other) => (other === "自建") - (one === "自建"));
  const state = (each) => (each.state !== "published" ? make("span", { class: "tag warn" }, STATE[each.state]) : each.draft ? make("span", { class: "tag new" }, "有草稿") : "");
  fill($("list"), groups.map((group) => [make("h2", {}, group), make("ul", { class: "plainlist" }, shown.filter((each) => each.dimension === group).map((each) => make("li", {}, make("button", { type: "button", class: "plain", "data-code": each.code, "aria-current": chosen?.code === each.code ? "true" : null, onclick: () => choose(each) }, each.name, " ", make("span", { class: "small muted" }, HOW[each.how]), " ", each.sensitivity === "restricted" ? make("span", { class: "tag bad" }, "限班长") : "", state(each)))))]),
    shown.length ? [] : make("p", { class: "empty" }, "没有这样的标签"));
  $("state").textContent = `${found.tags.length} 个标签, 其中分析员自建 ${found.tags.filter((each) => each.source === "analyst").length} 个`;
}

function leave() {
  return !dirty || confirm("规则有修改没有保存。放弃修改吗?");
}

function choose(each, focus = true) {
  if (!leave()) return;
  chosen = each;
  history.replaceState(null, "", each.code ? `/tags?tag=${each.code}` : "/tags");
  const last = each.draft || each;
  form = rules.rows(last.rule || {});
  for (const [id, words] of [["title", last.name], ["code", each.code || free()], ["meaning", last.definition]]) $(id).value = words;
  draw();
  change(false);
  $("result").hidden = $("samples").hidden = true;
  problem("");
  list();
  if (focus) (each.code ? $("name") : $("title")).focus();
}

const free = () => { let number = 1; while (found.tags.some((each) => each.code === `own_${number}`)) number += 1; return `own_${number}`; };
const words = (rule) => (rule ? rules.written(rules.rows(rule)) : "");

function draw() {
  const own = chosen.source === "analyst", write = may("tag.write");
  $("none").hidden = true;
  $("told").hidden = false;
  $("rule").hidden = !own;
  $("trial").hidden = !write || !(own || chosen.values.some((each) => each.rule));
  for (const id of ["save", "publish"]) $(id).hidden = !own;
  $("end").hidden = !own || !chosen.version || chosen.state === "ended";
  $("name").textContent = chosen.code ? `${chosen.name}  ${chosen.code}` : "新建规则标签";
  fill($("marks"), make("span", { class: "tag" }, HOW[chosen.how]), make("span", { class: chosen.state === "published" ? "tag good" : "tag warn" }, STATE[chosen.state]), chosen.draft && chosen.state !== "draft" ? make("span", { class: "tag new" }, "有未发布的草稿") : "", chosen.sensitivity !== "no" ? make("span", { class: chosen.sensitivity === "restricted" ? "tag bad" : "tag warn" }, chosen.sensitivity === "restricted" ? "限班长" : "敏感") : "");
  $("definition").textContent = own ? "" : chosen.definition;
  fill($("facts"), [["来源", own ? "分析员自建" : "城市表 tags.csv"], ["谁能看", chosen.visible_to.map((each) => ROLES[each] || each).join("、")], ...(own ? [] : [["维度", chosen.dimension]])].map(([term, told]) => [make("dt", {}, term), make("dd", {}, told)]));
  $("values").hidden = own;
  fill($("rows"), chosen.values.map((each) => make("tr", {}, make("td", { class: "nowrap" }, each.value || (each.rule ? "是" : "由来源给出")), make("td", { class: "cell" }, words(each.rule) || "—"),
    make("td", { class: "nowrap small" }, each.valid_from || each.valid_to ? `${each.valid_from || "最早"} 至 ${each.valid_to || "今"}` : "一直"),
    make("td", {}, each.rule && write ? make("button", { type: "button", class: "small", "aria-label": `试算 ${each.value || chosen.name}`, onclick: () => attempt(each.rule, "") }, "试算") : ""))));
  $("try").hidden = !own;
  for (const id of ["title", "meaning"]) $(id).disabled = !write;
  $("code").disabled = Boolean(chosen.version) || !write;
  rules.draw($("conditions"), form, found.conditions, !write, () => change());
  $("past").hidden = !chosen.versions.length;
  fill($("versions"), chosen.versions.map((each) => make("tr", {}, make("td", { class: "num" }, String(each.version)), make("td", {}, STATE[each.state]), make("td", { class: "cell" }, rules.spoken(rules.rows(each.rule), found.conditions).replace("读作: ", "")), make("td", {}, each.reason || "—"), make("td", { class: "nowrap", title: each.made_by }, each.made_by_name, " ", make("span", { class: "muted" }, when(each.made_at))),
    make("td", {}, write ? make("button", { type: "button", class: "small", "aria-label": `载入版本 ${each.version}`, onclick: () => { form = rules.rows(each.rule); $("title").value = each.name; $("meaning").value = each.definition; draw(); change(); $("title").focus(); } }, "载入") : ""))));
}

function change(changed = true, typed = false) {
  dirty = changed;
  if (!typed) $("expression").value = rules.written(form);
  $("spoken").textContent = rules.spoken(form, found.conditions);
  $("publish").disabled = dirty || !(chosen.draft || (chosen.state === "draft" && chosen.version));
  $("publish").title = $("publish").disabled ? "先保存草稿" : "";
}

function failed(failure) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.code === "not_logged_in") return toLogin();
  const column = failure.told.split(":")[0];
  const mended = { patterns: failure.told.includes("never fire") ? "还没有条件: 至少写一个词语, 或选事项、类型、镇街。" : "词语写法不对: 同句都要有的用 + 连接, 或者的另起一行。", unless: "“不含”写法不对, 或与词语对不上。", items: "有一个事项不在城市表里, 请从列表选。", towns: "有一个镇街不在城市表里。" };
  problem(failure.code === "name_taken" ? "城市表已有此代码的标签, 请换一个代码。" : failure.code === "conflict" ? "他人已改过此标签。请抄下您的修改, 重新打开此标签再改。" : (failure.code === "bad_value" && mended[column]) || failure.message);
  $("problem").scrollIntoView({ block: "nearest" });
}

async function attempt(rule, code) {
  problem("");
  $("samples").hidden = true;
  $("result").hidden = false;
  $("result").textContent = "正在试算…";
  try {
    const told = await post("/analysis/tags/trial", { rule, code, ...($("since").value ? { since: $("since").value } : {}), ...($("until").value ? { until: $("until").value } : {}) });
    trial = { rule: JSON.stringify(rule), hits: told.period ? told.hits : null };
    tell(told);
  } catch (failure) {
    $("result").hidden = true;
    failed(failure);
  }
}

function tell(told) {
  if (!told.made_at) return fill($("result"), "还没有快照, 不能试算。请系统管理员运行 triage snapshot。");
  if (!told.period) return fill($("result"), "这段期间没有数据(不是零)。请换一段。");
  const part = told.tried < told.period ? `期间共 ${count(told.period)} 件, 抽试 ${count(told.tried)} 件` : `试了期间全部 ${count(told.tried)} 件`;
  fill($("result"), `${part}: 命中 `, make("b", {}, count(told.hits)), ` 件(${(told.share * 100).toFixed(1)}%), 近似未中 `, make("b", {}, count(told.near)), ` 件${told.same_item ? `(含同事项“${told.same_item}”)` : ""}。`,
    told.before === null ? "" : ` 现行版本命中 ${count(told.before)} 件: 改后新增 ${count(told.added)} 件, 失去 ${count(told.lost)} 件。`, told.secret ? ` 其中保密件 ${count(told.secret)} 件, 快照里没有文字, 词语条件试不出。` : "");
  const kinds = [["hits", "命中", told.hits], ["near", "近似未中", told.near], ...(told.before === null ? [] : [["added", "比现行版本新增", told.added], ["lost", "比现行版本失去", told.lost]])];
  $("samples").hidden = false;
  fill($("samples"), kinds.map(([kind, title, n]) => make("section", { class: "sample", "aria-label": title }, make("h2", {}, `${title} ${count(n)} 件`, n > told.samples[kind].length ? `, 列最近 ${told.samples[kind].length} 件` : ""), make("ul", { class: "plainlist scroll", tabindex: 0, "aria-label": title }, told.samples[kind].map((each) => line(each, kind)), n ? [] : make("li", { class: "muted" }, "没有")))));
}

function line(each, kind) {
  const text = `${each.title} ${each.start}`;
  return make("li", {}, make("span", { class: "small muted" }, `${each.ref || each.id} ${each.day} ${each.town} · ${each.item} `), kind === "near" || kind === "lost" ? each.lacks.map((lack) => [make("span", { class: "tag warn" }, LACKS[lack] || lack), " "]) : "",
    make("div", {}, each.confidential ? make("span", { class: "tag warn" }, "保密件, 不显示内容") : marked(text, places(text, each.words.split(/[…+]/).filter(Boolean)))));
}

async function reload(code) {
  found = await get("/analysis/tags");
  dirty = false;
  const now = found.tags.find((each) => each.code === code);
  if (now) choose(now, false);
  else list();
}

async function save() {
  if (!$("rule").reportValidity()) return;
  try {
    const told = await post("/analysis/tags", { version: chosen.version, code: $("code").value, name: $("title").value.trim(), definition: $("meaning").value.trim(), rule: rules.rule(form) });
    const results = [$("result").hidden, $("samples").hidden];
    await reload(told.code);
    [$("result").hidden, $("samples").hidden] = results;
    toast("草稿已保存, 发布后才计数");
    $("publish").focus();
  } catch (failure) {
    failed(failure);
  }
}

function reason(action, title, said) {
  acting = action;
  $("why-title").textContent = title;
  $("why-words").textContent = said;
  $("reason").value = "";
  ask($("why"), $("reason"));
}

/** What to think of before a rule is published that found nothing, or was not tried. */
function doubt() {
  const tried = trial?.rule === JSON.stringify(rules.rule(form)) ? trial.hits : null;
  return tried === 0 ? "注意: 试算命中 0 件, 发布后可能一件也没有。请先核对词语和条件。" : tried === null ? "此规则还没有试算过。" : "";
}

$("sought").addEventListener("input", list);
$("new").addEventListener("click", () => choose(fresh()));
$("new").hidden = !may("tag.write");
$("rule").addEventListener("submit", (event) => event.preventDefault());
for (const id of ["title", "code", "meaning"]) $(id).addEventListener("input", () => change());
$("expression").addEventListener("input", () => {
  const told = rules.read($("expression").value);
  $("expression").setAttribute("aria-invalid", String(!told));
  if (!told) return void ($("spoken").textContent = "每行写成“词语: …”“不含: …”“事项: …”“类型: …”或“镇街: …”。");
  form = told;
  rules.draw($("conditions"), form, found.conditions, false, () => change());
  change(true, true);
});
$("try").addEventListener("click", () => attempt(rules.rule(form), chosen.version ? chosen.code : ""));
$("save").addEventListener("click", save);
$("publish").addEventListener("click", () => reason("publish", `发布 ${chosen.name}`, `${doubt()}发布后, 下一次快照起所有诉求按此规则计数; 停用前一直有效。`));
$("end").addEventListener("click", () => reason("end", `停用 ${chosen.name}`, "停用后, 下一次快照起不再计数; 历次版本保留。"));
$("why").addEventListener("close", async () => {
  if ($("why").returnValue !== "ok") return;
  try {
    await post(`/analysis/tags/${chosen.code}/${acting}`, { version: chosen.version, reason: $("reason").value.trim() });
    await reload(chosen.code);
    toast(acting === "publish" ? "已发布, 下一次快照起计数" : "已停用");
    $("name").focus();
  } catch (failure) {
    failed(failure);
  }
});
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

try {
  [found, options] = await Promise.all([get("/analysis/tags"), get("/analysis/options")]);
  if (options.last) {
    $("until").value = options.last;
    $("since").value = new Date(new Date(options.last).getTime() - 29 * 86400000).toISOString().slice(0, 10);
  }
  list();
  const wanted = found.tags.find((each) => each.code === new URLSearchParams(location.search).get("tag"));
  if (wanted) choose(wanted);
} catch (failure) {
  fill($("list"), make("p", { class: "empty" }, "没有载入, 请刷新重试"));
  failed(failure);
}
