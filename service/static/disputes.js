import "./layout.js";
import { Failure, get, toLogin } from "./api.js";
import { urgency } from "./advice.js";
import { $, fill, lasting, make, moment, problem, since } from "./dom.js";

let units = {}, towns = {};

function card(each) {
  const back = each.history.filter((event) => ["refuse", "escalate"].includes(event.action));
  const line = (event) => make("li", {}, `${moment(event.made_at)} `, make("strong", {}, towns[event.detail.area] || units[event.detail.unit] || event.detail.unit), ` 退单: ${event.detail.reason}${event.detail.note ? ` (${event.detail.note})` : ""}`);
  const first = each.suggestion?.shown.units[0];
  return make("article", { class: "card" }, make("div", { class: "row" }, urgency(each.urgency), make("a", { href: `/?request=${each.id}&queue=disputed` }, `${each.ref || each.id} ${each.title || each.start}`), make("span", { class: "grow" }), each.owner ? make("span", { class: "tag warn" }, `${each.owner} 正在处理`) : "", make("span", { class: "muted" }, `已等 ${lasting(since(each.changed_at))}`)),
    make("ol", { class: "plainlist" }, back.map(line)), first ? make("p", { class: "muted small" }, `现在的首选: ${first.name}`) : "");
}

async function load() {
  try {
    const { requests } = await get("/queue?name=disputed&limit=20");
    const found = await Promise.all(requests.map((each) => get(`/requests/${each.id}`)));
    problem("");
    fill($("list"), found.length ? found.map(card) : make("p", { class: "empty" }, "没有争议"));
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(failure.message);
  }
}

const named = (rows) => Object.fromEntries(rows.map((each) => [each.code, each.short || each.name]));
get("/profile").then((found) => ([units, towns] = [named(found.units), named(found.towns)])).catch(() => {}).then(load);
$("main").append(make("p", {}, make("button", { type: "button", onclick: load }, "刷新")));
