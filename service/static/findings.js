import "./layout.js";
import { Failure, get, may, toLogin } from "./api.js";
import { $, fill, make, problem } from "./dom.js";

const tabs = [...document.querySelectorAll("[data-kind]")];
let found = null, asked = 0;

const kind = () => tabs.find((each) => each.getAttribute("aria-pressed") === "true")?.dataset.kind || "words";
const days = () => [["since", $("since").value], ["until", $("until").value]].filter(([, day]) => day);
const numeric = (column) => ["count", "counted", "mean"].includes(column.form);

function shown(value, column) {
  if (value === null) return "—";
  return column.form === "mean" ? value.toFixed(1) : column.form === "count" ? value.toLocaleString("zh-CN") : value;
}

function cell(row, column, place) {
  const words = shown(row.cells[place], column);
  if (place) return make("td", { class: numeric(column) ? "num" : column.form === "days" ? "nowrap" : "" }, row.strong.includes(place) ? make("b", { class: "strong" }, words) : words);
  const first = row.query.length ? make("a", { href: `/explore?${new URLSearchParams(row.query)}` }, words) : make("b", {}, words);
  return make("td", { class: row.under ? "topic" : "" }, first, row.under ? make("div", { class: "small muted" }, row.under) : "");
}

function table(sheet) {
  const drills = sheet.rows.some((row) => row.mark);
  const heads = sheet.columns.map((column) => make("th", { scope: "col", class: numeric(column) ? "num" : "" }, column.title));
  const rows = sheet.rows.map((row) => make("tr", {}, sheet.columns.map((column, place) => cell(row, column, place)),
    drills ? make("td", {}, row.mark ? make("button", { type: "button", class: "nowrap", "aria-label": `看工单 ${row.cells[0]}`, onclick: () => drill(row) }, "看工单") : "") : ""));
  return make("div", { class: "sheet" }, found.sheets.length > 1 ? make("h2", {}, sheet.title) : "",
    rows.length ? make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": sheet.title }, make("table", {}, make("caption", { class: "hide" }, sheet.title), make("thead", {}, make("tr", {}, heads, drills ? make("th", { scope: "col" }, make("span", { class: "hide" }, "查看")) : "")), make("tbody", {}, rows)))
      : make("p", { class: "empty" }, sheet.empty),
    make("ul", { class: "small muted plainlist" }, sheet.notes.map((words) => make("li", {}, words))));
}

function draw() {
  $("since").value = found.since;
  $("until").value = found.until;
  $("behind").hidden = true;
  fill($("sheets"), found.sheets.map(table));
}

async function tell(words, work) {
  fill($("state"), words);
  try {
    problem("");
    await work();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(failure.code === "bad_value" ? "日期填写不对: 请给 1 至 92 天的一段时间。" : failure.message);
    return false;
  } finally {
    fill($("state"), "");
  }
  return true;
}

async function load(chosen, period) {
  const me = ++asked;
  for (const each of tabs) each.setAttribute("aria-pressed", String(each.dataset.kind === chosen));
  $("behind").hidden = true;
  const fine = await tell("正在查找…", async () => {
    const told = await get(`/analysis/findings/${chosen}?${new URLSearchParams(period)}`);
    if (me !== asked) return;
    found = told;
    draw();
  });
  if (!fine && me === asked) fill($("sheets"));
}

const drill = (row) => tell("正在载入工单…", async () => {
  const told = await get(`/analysis/findings/${found.kind}/${row.mark}/requests?${new URLSearchParams({ since: found.since, until: found.until })}`);
  fill($("behind-title"), `${row.cells[0]}: ${row.n} 件${told.left_out ? `, 列出 ${told.requests.length} 件` : ""}`);
  fill($("requests"), told.requests.map((one) => make("tr", {}, make("td", { class: "nowrap" }, one.day), make("td", {}, one.town), make("td", {}, one.title ? make("b", {}, one.title) : "", make("div", {}, one.start)), make("td", {}, one.item), make("td", {}, one.unit), make("td", { class: "nowrap" }, one.state))));
  $("behind").hidden = false;
  $("behind-title").focus();
});

function go(chosen, replace = false) {
  history[replace ? "replaceState" : "pushState"](null, "", `?${new URLSearchParams([["kind", chosen], ...days()])}`);
  load(chosen, days());
}

function fromAddress() {
  const told = new URLSearchParams(location.search);
  for (const name of ["since", "until"]) $(name).value = told.get(name) || "";
  const chosen = told.get("kind");
  load(tabs.some((each) => each.dataset.kind === chosen) ? chosen : "words", days());
}

for (const each of tabs) each.addEventListener("click", () => go(each.dataset.kind));
$("period").addEventListener("submit", (event) => {
  event.preventDefault();
  go(kind(), true);
});
for (const form of ["csv", "xlsx"]) {
  $(form).hidden = !may("export");
  $(form).addEventListener("click", () => found && location.assign(`/api/v1/analysis/findings/${found.kind}/file?${new URLSearchParams({ since: found.since, until: found.until, form, outside: String($("outside").checked) })}`));
}
addEventListener("popstate", fromAddress);
fromAddress();
