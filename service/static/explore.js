// The explorer: the whole question stands in the address, so that a link shows the same to whoever may see it.
import "./layout.js";
import { backwards, Failure, get, post, toLogin } from "./api.js";
import { $, ask, fill, make, problem, toast, when } from "./dom.js";
import { tagsOf } from "./tagging.js";

const OWN = new Set(["since", "until", "by", "rate", "compare", "words"]);
const UNKNOWN = "~";
const FIELDS = { since: "开始日期", until: "结束日期", by: "分组", rate: "指标", compare: "比较", words: "关键词" };
const count = (n) => n.toLocaleString("zh-CN");
const share = (p) => (p === null ? "—" : `${(p * 100).toFixed(1)}%`);
let options = null, pairs = [...new URLSearchParams(location.search)], labels = {}, asked = 0, answer = null;

const one = (name) => pairs.find((pair) => pair[0] === name)?.[1] || "";
const query = (more = []) => new URLSearchParams([...pairs, ...more]).toString();
const filters = () => pairs.filter((pair) => !OWN.has(pair[0]));
const titleOf = (name) => (options.dimensions.find((each) => each.code === name) || options.tags.find((each) => `tag.${each.code}` === name))?.title || name;

function set(name, value) {
  pairs = [...pairs.filter((pair) => pair[0] !== name), ...(value ? [[name, value]] : [])];
  show();
}

function show(push = true) {
  if (push) history.pushState(null, "", `/explore?${query()}`);
  $("behind").hidden = true;
  controls();
  load();
}

function days() {
  const end = options.last && options.last < options.today ? options.last : options.today;
  const today = new Date(`${end}T00:00`), iso = (day) => `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
  const [year, month] = [today.getFullYear(), today.getMonth()];
  return { 近30天: [iso(new Date(year, month, today.getDate() - 29)), end], 本月: [iso(new Date(year, month, 1)), end], 上月: [iso(new Date(year, month - 1, 1)), iso(new Date(year, month, 0))], 今年: [`${year}-01-01`, end], 全部: ["", ""] };
}

function controls() {
  const [first, second] = one("by").split(",");
  const all = [...options.dimensions.map((each) => [each.code, each.title]), ...options.tags.map((each) => [`tag.${each.code}`, `标签: ${each.title}`])];
  const gone = (list, value) => (value && !list.some(([code]) => code === value) ? make("option", { value, selected: true }, `${value} (没有)`) : []);
  const select = (id, list, value, none) => fill($(id), none === undefined ? [] : make("option", { value: "" }, none), gone(list, value), list.map(([code, title]) => make("option", { value: code, selected: code === value }, title)));
  select("rate", options.rates.map((each) => [each.code, each.title]), one("rate") || "count");
  select("by1", all, first, "不分组");
  select("by2", all.filter(([code]) => code !== first), second, "不再分");
  $("by2").disabled = !first;
  for (const name of ["since", "until", "compare", "words"]) if (document.activeElement !== $(name)) $(name).value = one(name);
  fill($("quick"), Object.entries(days()).map(([words, [since, until]]) => make("button", { type: "button", "aria-pressed": String(one("since") === since && one("until") === until), onclick: () => {
    pairs = [...pairs.filter(([name]) => name !== "since" && name !== "until"), ...(since ? [["since", since], ["until", until]] : [])];
    show();
  } }, words)));
  fill($("chips"), filters().map(([name, value]) => {
    const words = `${titleOf(name)}: ${labels[`${name}=${value}`] || (value === UNKNOWN ? "不明" : value)}`;
    return make("button", { type: "button", class: "chip", "aria-label": `去掉筛选 ${words}`, onclick: () => {
      pairs = pairs.filter((pair) => !(pair[0] === name && pair[1] === value));
      show();
      $("add").focus();
    } }, words, " ×");
  }));
  fill($("views"), make("option", { value: "" }, "已存视图…"), options.views.map((each) => make("option", { value: each.query, selected: each.query === query() }, each.name)));
  $("drop").hidden = !$("views").value;
  const made = when(options.snapshot.made_at);
  fill($("state"), made ? `快照 ${made}, ${count(options.snapshot.rows)} 件, ${options.first || "—"} 至 ${options.last || "—"}` : "还没有快照: 请系统管理员运行 triage snapshot");
}

const rated = () => (one("rate") || "count") !== "count";
/** What requests are called that the rate does not speak of: with 分母 and 未计入 they make 件数. */
const beyond = () => options.rates.find((each) => each.code === (one("rate") || "count")).beyond;
const good = () => options.rates.find((each) => each.code === (one("rate") || "count")).good;

function change(line) {
  if (line.change === null) return "—";
  const better = good() * line.change;
  const points = Math.round(line.change * 1000) / 10 || 0;
  const words = `${points > 0 ? "+" : ""}${points.toFixed(1)}${rated() ? " 点" : "%"}`;
  return make("span", { class: better > 0 ? "up" : better < 0 ? "down" : "" }, words, better ? make("span", { class: "hide" }, better > 0 ? " 变好" : " 变差") : "");
}

function figures(line) {
  const cells = [make("td", { class: "num" }, count(line.n))];
  if (rated()) cells.push(make("td", { class: "num" }, count(line.numerator)), make("td", { class: "num" }, count(line.denominator)), make("td", { class: "num" }, count(line.outside)), beyond() ? make("td", { class: "num" }, count(line.n - line.denominator - line.outside)) : [], make("td", { class: "num" }, make("b", {}, share(line.rate))));
  if (one("compare")) cells.push(make("td", { class: "num" }, line.before ? (rated() ? share(line.before.rate) : count(line.before.n)) : "—"), make("td", { class: "num" }, change(line)));
  return cells;
}

function narrow(line) {
  const names = new Set(line.drill.map((pair) => pair[0]));
  line.labels.forEach((label, place) => { const by = one("by").split(",")[place]; const pair = line.drill.find(([name]) => name === by); if (pair) labels[`${by}=${pair[1]}`] = label; });
  pairs = [...pairs.filter(([name]) => !names.has(name)), ...line.drill];
}

function row(line) {
  return make("tr", {}, line.labels.map((label, place) => make("td", {}, place ? label : make("button", { type: "button", class: "plain", title: "只看这一项", onclick: () => { narrow(line); show(); } }, label))), figures(line),
    make("td", {}, make("button", { type: "button", class: "plain small", "aria-label": `看工单: ${line.labels.join(" ")}`, onclick: () => behind(line) }, "看工单")));
}

/** What a filter names and has ended, with a button that adds who took over. */
function successor(each) {
  for (const [key, words] of each.heirs) labels[`${each.name}=${key}`] = words;
  const add = () => { pairs = [...pairs, ...each.heirs.map(([key]) => [each.name, key])]; show(); $("add").focus(); };
  return make("li", { class: "notice" }, each.words, "。 ", make("button", { type: "button", class: "small", onclick: add }, `加上 ${each.heirs.map(([, words]) => words).join("、")}`));
}

function draw() {
  fill($("ended"), answer.ended.map(successor));
  fill($("title"), answer.title);
  fill($("notes"), answer.notes.map((note) => make("li", {}, note)));
  const heads = [...answer.heads.map((head) => make("th", { scope: "col" }, head)), ...["件数", ...(rated() ? ["分子", "分母", "未计入", ...(beyond() ? [beyond()] : []), options.rates.find((each) => each.code === one("rate")).title] : []), ...(one("compare") ? [answer.compared ? `比较期 ${answer.compared.join(" 至 ")}` : "比较期", "变化"] : [])].map((head) => make("th", { class: "num", scope: "col" }, head)), make("th", {}, make("span", { class: "hide" }, "工单"))];
  fill($("head"), make("tr", {}, heads));
  fill($("rows"), answer.lines.map(row), answer.gaps.map((gap) => make("tr", {}, make("td", {}, gap), make("td", { class: "num muted", colspan: heads.length - 1 }, "无数据"))));
  const total = make("tr", { class: "sum" }, answer.heads.length ? make("th", { scope: "row", colspan: answer.heads.length }, "合计") : [], answer.known ? [figures(answer.total), make("td", {}, make("button", { type: "button", class: "plain small", onclick: () => behind(null) }, "看工单"))] : make("td", { class: "num muted", colspan: heads.length - answer.heads.length }, "无数据"));
  fill($("foot"), total);
  $("empty").hidden = answer.total.n > 0;
  fill($("empty"), answer.known ? "没有符合条件的工单" : "这段时间没有数据");
  chart();
}

async function chart() {
  $("figure").hidden = !answer.spec;
  $("left-out").hidden = !answer.left_out_of_chart;
  fill($("left-out"), answer.left_out_of_chart);
  if (!answer.spec || !window.vegaEmbed) return;
  const width = Math.max(320, $("main").clientWidth - 60);
  // The interpreter instead of compiled expressions: the page forbids code made from text.
  const made = await window.vegaEmbed("#chart", { ...answer.spec, width, autosize: { type: "fit-x", contains: "padding" } }, { ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: false });
  made.view.addEventListener("click", (_, item) => {
    const keys = item?.datum?.keys;
    const line = keys && answer.lines.find((each) => each.keys.join("\u0000") === [...keys].join("\u0000"));
    if (line) { narrow(line); show(); }
  });
}

async function load() {
  const me = ++asked;
  try {
    const found = await get(`/analysis/answer?${query()}`);
    if (me !== asked) return;
    answer = found;
    problem("");
    draw();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    const field = FIELDS[/^(\w+):/.exec(failure.told)?.[1]];
    if (me !== asked) return;
    // No figures of another question may stand under what went wrong with this one.
    for (const each of ["title", "ended", "notes", "head", "rows", "foot"]) fill($(each));
    $("figure").hidden = $("empty").hidden = true;
    problem(backwards(failure) || (failure.fields.name ? `没有叫「${failure.fields.name}」的维度: 请从地址里去掉它。` : field ? `${field}填写不对: 地址或表单里的 ${/^\w+/.exec(failure.told)[0]} 无效, 请改正。` : failure.message));
  }
}

let page = null;
async function behind(line, more = false) {
  if (!more) page = { words: line ? line.labels.join(" · ") : "全部", pairs: line ? [...pairs.filter(([name]) => !line.drill.some((pair) => pair[0] === name)), ...line.drill] : pairs, rows: [], cursor: 0 };
  try {
    const wanted = new URLSearchParams([...page.pairs.filter(([name]) => !["by", "rate", "compare"].includes(name)), ...(page.cursor ? [["cursor", page.cursor]] : [])]);
    const found = await get(`/analysis/requests?${wanted}`);
    page.rows.push(...found.requests);
    page.cursor = found.cursor;
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return problem(failure.message);
  }
  $("behind").hidden = false;
  fill($("behind-title"), `工单: ${page.words}`, make("span", { class: "muted" }, page.cursor ? ` 最新的 ${page.rows.length} 件` : ` 共 ${page.rows.length} 件`));
  fill($("requests"), page.rows.map((each) => make("tr", {}, make("td", { class: "nowrap" }, each.ref || String(each.id)), make("td", { class: "nowrap" }, each.day),
    make("td", {}, each.confidential ? make("span", { class: "tag warn" }, "保密件, 不显示内容") : [make("b", {}, each.title), " ", each.start], each.tags.length ? make("div", { class: "small muted" }, each.tags.filter((tag) => /^(crowd|demand|nature|topic|emotion|risk|threat)=/.test(tag)).map((tag) => make("span", { class: "tag" }, tag.split("=")[1]))) : ""),
    make("td", {}, each.town), make("td", {}, each.item), make("td", {}, each.unit, each.refused ? make("span", { class: "tag warn" }, `退单 ${each.refused}`) : ""), make("td", { class: "nowrap" }, each.state), make("td", {}, make("button", { type: "button", class: "plain small nowrap", "aria-label": `标签: ${each.ref || each.id}`, onclick: () => tagsOf(each.id, each.ref) }, "标签")))));
  fill($("further"), page.cursor ? make("button", { type: "button", onclick: () => behind(null, true) }, "再载入 50 件") : `共 ${page.rows.length} 件`);
  if (!more) { $("behind-title").focus({ preventScroll: true }); $("behind").scrollIntoView({ block: "start" }); }
}

async function values() {
  const name = $("dimension").value;
  fill($("values"), "正在载入…");
  const narrowed = pairs.filter(([each]) => each !== name && !["by", "rate", "compare"].includes(each));
  const found = await get(`/analysis/answer?${new URLSearchParams([...narrowed, ["by", name]])}`);
  const chosen = new Set(pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]));
  const search = make("input", { type: "search", placeholder: "查找…", "aria-label": "在取值中查找" });
  search.addEventListener("input", () => { for (const each of $("values").querySelectorAll("label")) each.hidden = !each.textContent.includes(search.value.trim()) && !each.querySelector("input").checked; });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  fill($("values"), found.lines.length > 12 ? make("div", {}, search) : [], found.lines.slice(0, 2000).map((line) => {
    const key = line.keys[0] || UNKNOWN;
    labels[`${name}=${key}`] = line.labels[0];
    return make("label", {}, make("input", { type: "checkbox", value: key, checked: chosen.has(key) }), ` ${line.labels[0]} `, make("span", { class: "muted" }, count(line.n)));
  }), found.lines.length ? [] : "没有取值");
}

async function name() {
  for (const dimension of new Set(filters().map((pair) => pair[0]))) {
    const found = await get(`/analysis/answer?by=${dimension}`).catch(() => ({ lines: [] }));
    for (const line of found.lines) labels[`${dimension}=${line.keys[0] || UNKNOWN}`] = line.labels[0];
  }
}

async function saved(name, text, words) {
  try {
    options.views = (await post("/analysis/views", { name, query: text })).views;
    toast(words);
    controls();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    toast(failure.message, true);
  }
}

$("ask").addEventListener("submit", (event) => event.preventDefault());
for (const id of ["rate", "since", "until", "compare", "words"]) $(id).addEventListener("change", () => set(id, id === "rate" && $(id).value === "count" ? "" : $(id).value.trim()));
for (const id of ["by1", "by2"]) $(id).addEventListener("change", () => set("by", [...new Set([$("by1").value, $("by1").value && $("by2").value])].filter(Boolean).join(",")));
$("add").addEventListener("click", () => {
  fill($("dimension"), options.dimensions.filter((each) => !["day", "week", "month", "quarter", "year"].includes(each.code)).map((each) => make("option", { value: each.code }, each.title)), options.tags.map((each) => make("option", { value: `tag.${each.code}` }, `标签: ${each.title}`)));
  ask($("choose"), $("dimension"));
  values();
});
$("dimension").addEventListener("change", values);
$("choose").addEventListener("close", () => {
  if ($("choose").returnValue !== "ok") return;
  const name = $("dimension").value, chosen = [...$("values").querySelectorAll("input:checked")].map((each) => [name, each.value]);
  pairs = [...pairs.filter((pair) => pair[0] !== name), ...chosen];
  show();
  $("add").focus();
});
$("save").addEventListener("click", () => { $("name").value = ""; ask($("naming"), $("name")); });
$("naming").addEventListener("close", () => { if ($("naming").returnValue === "ok" && $("name").value.trim()) saved($("name").value.trim(), query(), "已保存"); });
$("drop").addEventListener("click", () => saved($("views").selectedOptions[0].textContent, "", "已删除"));
$("views").addEventListener("change", () => { if ($("views").value) { pairs = [...new URLSearchParams($("views").value)]; name().then(() => show()); } });
$("copy").addEventListener("click", () => (navigator.clipboard ? navigator.clipboard.writeText(location.href).then(() => toast("链接已复制")) : toast("请从地址栏复制链接")));
for (const form of ["csv", "xlsx"]) $(form).addEventListener("click", () => location.assign(`/api/v1/analysis/file?${query([["form", form], ["outside", String($("outside").checked)]])}`));
addEventListener("popstate", () => { pairs = [...new URLSearchParams(location.search)]; show(false); });
addEventListener("load", () => answer && chart());

try {
  options = await get("/analysis/options");
  if (!pairs.length) {
    const [since, until] = days().近30天;
    pairs = options.last && options.last < since ? [["by", "month"]] : [["since", since], ["until", until], ["by", "day"]];
    history.replaceState(null, "", `/explore?${query()}`);
  }
  await name();
  show(false);
} catch (failure) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.code === "not_logged_in") toLogin();
  else problem(failure.message);
}
