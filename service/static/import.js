// A file of requests: looked at first, then kept. The file stays in the browser between the two.

import "./layout.js";
import { Failure, get, post, toLogin } from "./api.js";
import { urgency } from "./advice.js";
import { $, fill, make, moment, percent, problem } from "./dom.js";
import { doing } from "./page.js";

const FIELDS = { text: "内容", title: "标题", id: "编号", place: "地点", caller_kind: "来电人类型", channel: "渠道", received_at: "受理时间", "contact.name": "称呼", "contact.phone": "电话", "contact.address": "地址" };
const WORDS = { text_empty: "没有可读的文字", text_too_long: "文字超过 5 万字", mojibake: "文字是乱码", nul_byte: "有不能识别的字节", lone_surrogate: "有不能识别的字符", ragged_row: "格数与表头不符, 或有公式", bad_body: "有一格过长", key_reused: "同一编号曾以别的内容入库" };
let file = null;

const query = () => `name=${encodeURIComponent(file.name.slice(0, 200))}&text=${encodeURIComponent($("column")?.value || "")}`;
const faults = (errors) => make("table", {}, make("thead", {}, make("tr", {}, make("th", { class: "num" }, "行"), make("th", {}, "为什么没有入库"))), make("tbody", {}, errors.map((each) => make("tr", { title: each.message }, make("td", { class: "num" }, each.row), make("td", {}, WORDS[each.code] || each.message)))));
const region = (words, inside) => make("div", { class: "scroll short", tabindex: "0", role: "region", "aria-label": words }, inside);

function look(found) {
  const columns = Object.entries(found.columns).map(([field, column]) => make("span", { class: "tag" }, `${FIELDS[field] || field} ← ${column}`));
  const good = found.rows - found.failed - found.known;
  const head = ["行", "编号", "诉求 (已脱敏)", "紧急", "首选单位", "把握"].map((words, at) => make("th", at === 0 || at === 5 ? { class: "num" } : {}, words));
  const line = (each) => make("tr", {}, make("td", { class: "num" }, each.row), make("td", { class: "nowrap" }, each.id), make("td", {}, each.error ? make("span", { class: "tag bad" }, WORDS[each.error] || each.error) : [each.title, each.text].filter(Boolean).join(" · ")), make("td", {}, each.error ? "" : urgency(each.urgency)), make("td", {}, each.unit || ""), make("td", { class: "num" }, each.unit ? percent(each.p) : ""));
  fill($("seen"), make("section", { class: "card" },
    make("div", { class: "row" }, make("h2", { class: "grow" }, `${file.name}: ${found.rows} 行, 可入库 ${good}, 编号已在库 ${found.known}, 不能入库 ${found.failed} · 编码 ${found.encoding}`), make("button", { type: "button", class: "main", id: "keep", disabled: !good || !!found.before, onclick: keep }, `导入 ${good} 件`)),
    found.before ? make("p", { class: "notice warn" }, `这个文件 ${moment(found.before.made_at)} 已由 ${found.before.made_by_name} 导入, 不会再次入库。`) : "",
    make("p", { class: "row" }, columns), region("前 20 行", make("table", {}, make("thead", {}, make("tr", {}, head)), make("tbody", {}, found.preview.map(line)))),
    found.errors.length ? [make("h2", { class: "later" }, `不能入库的行 (${found.failed})`), region("不能入库的行", faults(found.errors))] : ""));
  ($("keep").disabled ? $("seen") : $("keep")).focus();
}

async function check() {
  file = $("file").files[0] || file;
  if (!file) return;
  fill($("picked"), file.name);
  fill($("seen"), make("p", { class: "notice", role: "status" }, `正在看 ${file.name} …`));
  try {
    const found = await post(`/imports/check?${query()}`, file);
    problem("");
    look(found);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    fill($("seen"));
    problem(failure.code === "missing_column" ? "找不到「内容」一列, 请在下面指定。" : failure.message);
    if (failure.fields.columns) choose(failure.fields.columns.split("\t"));
  }
}

/** The column of the text, where its name is none of the usual ones. */
function choose(columns) {
  const list = make("select", { id: "column", onchange: check }, make("option", { value: "" }, "请选择"), columns.map((each) => make("option", {}, each)));
  fill($("which"), make("label", {}, "哪一列是诉求内容 ", list));
  list.focus();
}

async function keep() {
  $("keep").disabled = true;
  const fine = await doing(async () => {
    const told = await post(`/imports/files?${query()}`, file);
    fill($("seen"), make("section", { class: "card" }, make("p", { class: "notice", role: "status", tabindex: "-1", id: "done" }, told.replay ? "这个文件已导入过, 没有再次入库。" : `入库 ${told.created} 件, 编号已在库 ${told.replayed} 件, 未成 ${told.failed} 件。`, " ", make("a", { href: "/queue?name=new" }, "到队列")), told.errors.length ? region("未成的行", faults(told.errors)) : ""));
    $("done").focus();
    $("file").value = "";
    fill($("picked"));
    fill($("which"));
    await before();
  });
  if (!fine && $("keep")) $("keep").disabled = false;
}

async function before() {
  const { imports } = await get("/imports");
  const line = (each) => make("tr", {}, make("td", {}, each.name || "未命名"), make("td", { class: "nowrap" }, moment(each.made_at)), make("td", { title: each.made_by }, each.made_by_name), make("td", { class: "num" }, each.created), make("td", { class: "num" }, each.replayed), make("td", { class: "num" }, each.failed));
  fill($("before"), imports.length ? imports.map(line) : make("tr", {}, make("td", { colspan: "6", class: "empty" }, "还没有导入过")));
}

$("file").addEventListener("change", () => {
  fill($("which"));
  check();
});
doing(before);
