import "./layout.js";
import { Failure, every, get, may, toLogin, who } from "./api.js";
import { urgency } from "./advice.js";
import { $, fill, lasting, make, problem, since } from "./dom.js";
import { read, write } from "./draft.js";

const NAMES = { open: "全部待办", new: "待分办", mine: "我的", returned: "已退单", disputed: "争议", overdue: "超时 (含已派)" };
const given = new URLSearchParams(location.search).get("name");
let name = NAMES[given] ? given : "open", search = null, rows = [], at = 0, cursor = null, units = {}, mine = 0;
const seen = read(who, "seen", 0);

function link(each) {
  const words = each.title || `${each.start}${each.start.length === 80 ? "…" : ""}`;
  return may("request.decide") ? make("a", { href: `/?request=${each.id}&queue=${search ? "new" : name}` }, words) : words;
}

function row(each, index) {
  const fresh = each.id > seen && each.state === "new";
  return make("tr", { class: index === at ? "now" : "" }, make("td", { class: "nowrap" }, each.ref || String(each.id)), make("td", {}, urgency(each.urgency)),
    make("td", {}, fresh ? make("span", { class: "tag new" }, "新") : "", fresh ? " " : "", each.overdue ? make("span", { class: "tag bad" }, "超时") : "", each.overdue ? " " : "", each.confidential ? make("span", { class: "tag warn" }, "保密") : "", " ", link(each), each.title ? make("span", { class: "muted small" }, ` ${each.start}${each.start.length === 80 ? "…" : ""}`) : ""),
    make("td", { class: "nowrap" }, each.state_name), make("td", {}, units[each.unit] || each.unit), make("td", { class: "nowrap", title: each.owner }, each.owner_name, each.lapsed ? [" ", make("span", { class: "tag warn", title: `${lasting(since(each.claimed_at))}前认领, 没有派出; 按 N 会派给下一位` }, "过期")] : ""), make("td", { class: "num" }, ["final", "closed", "dispatched"].includes(each.state) ? "" : lasting(since(each.changed_at))));
}

function draw(counts) {
  if (counts) fill($("tabs"), Object.entries(NAMES).map(([code, words]) => make("button", { type: "button", "aria-pressed": String(!search && code === name), onclick: () => choose(code) }, `${words} ${counts[code]}`)));
  fill($("rows"), rows.map(row));
  // What waits has no unit yet: the column is for what was sent.
  $("rows").closest("table").classList.toggle("unsent", rows.every((each) => !each.unit));
  $("empty").hidden = rows.length > 0;
  fill($("empty"), search ? "没有找到" : name === "open" ? "没有待办。新来电请到工作台录入。" : "这个队列是空的");
  fill($("more"), cursor ? make("button", { type: "button", onclick: () => load(true) }, "再载入 50 件") : `${rows.length} 件`);
}

async function load(more = false) {
  const me = ++mine;
  try {
    const after = more && cursor ? `&cursor=${cursor}` : "";
    const asked = search ? `/requests?limit=50&words=${encodeURIComponent(search.words)}&state=${search.state}${after}` : `/queue?name=${name}&limit=50${after}`;
    const found = await get(asked);
    if (me !== mine) return;
    rows = more ? [...rows, ...found.requests] : found.requests;
    cursor = found.cursor;
    at = Math.min(at, Math.max(0, rows.length - 1));
    problem("");
    draw(found.counts);
    write(who, "seen", Math.max(read(who, "seen", 0), ...rows.map((each) => each.id)));
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(`${failure.message}${failure.passing ? ", 自动重试。下面是上次载入的。" : ""}`);
    if (!rows.length) fill($("empty"), "没有载入");
  }
}

function choose(code) {
  [name, search, at] = [code, null, 0];
  history.replaceState(null, "", `/queue?name=${code}`);
  load();
}

function move(step) {
  at = Math.max(0, Math.min(rows.length - 1, at + step));
  draw();
  const line = $("rows").children[at];
  line?.scrollIntoView({ block: "nearest" });
  line?.querySelector("a")?.focus();
}

addEventListener("keydown", (event) => {
  if (event.target.matches("input, select") || event.ctrlKey || event.altKey || event.metaKey) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const codes = Object.keys(NAMES);
  const acts = {
    ArrowDown: () => move(1), ArrowUp: () => move(-1), j: () => move(1), k: () => move(-1), "/": () => $("words").focus(), n: () => may("request.decide") && location.assign(`/?queue=${name}`),
    "[": () => choose(codes[(codes.indexOf(name) + codes.length - 1) % codes.length]), "]": () => choose(codes[(codes.indexOf(name) + 1) % codes.length]),
    ...(event.target.closest("a, button") ? {} : { Enter: () => rows[at] && may("request.decide") && location.assign(`/?request=${rows[at].id}&queue=${name}`) }),
  };
  if (acts[event.key]) {
    event.preventDefault();
    acts[event.key]();
  }
});
$("find").addEventListener("submit", (event) => {
  event.preventDefault();
  [search, at] = [{ words: $("words").value.trim(), state: $("state").value }, 0];
  load().then(() => $("words").blur());
});
get("/profile").then((found) => { units = { ...found.former, ...Object.fromEntries(found.units.map((each) => [each.code, each.short || each.name])) }; draw(); }).catch(() => {});
// A page of search or a longer list is not replaced under the reader's eyes.
every(10, () => { if (!search && rows.length <= 50) load(); });
