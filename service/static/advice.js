// The right side: what the engine says of the request on screen.

import { key, reading } from "./recipient.js";
import { $, fill, make, percent, share } from "./dom.js";
import { phrases } from "./marks.js";

const URGENT = { 特急: "tag bad", 紧急: "tag warn", 一般: "tag" };
const DECISIONS = { auto: "可自动派单", suggest: "由人确认", manual: "须由人决定" };

export const urgency = (words) => make("span", { class: URGENT[words] || "tag" }, words || "一般");

/** Rules that must not be missed: the highest urgency, or somebody to transfer to at once. */
export const dangers = (shown) => (shown?.rules || []).filter((rule) => rule.kind === "manual" && (rule.transfer || rule.level === "特急"));

/** Those that want something done at once, before any question and any deadline. */
const acute = (shown) => dangers(shown).filter((rule) => rule.level === "特急");

/** `on`: {answer(issue, code), pick(index), picked: whether somebody did, hint: of another reading, split(matters), short(code, name)}. */
export function show(shown, chosen, on) {
  danger(shown);
  // Whose duty it is can be settled once nobody is in danger any more; where it is, cannot wait.
  fill($("questions"), (shown?.questions || []).filter((each) => !acute(shown).length || each.issue === "place").map((each) => question(each, on)));
  fill($("summary"), shown ? summary(shown, on) : "");
  fill($("candidates"), (shown?.units || []).map((unit, index) => candidate(unit, index, chosen, on)));
  fill($("details"), shown ? details(shown, on) : idle());
  told(shown, on.hint, on.picked);
  fill($("why"), shown ? `${DECISIONS[shown.decision]}: ${shown.why}`.slice(0, 60) : "");
}

/** Which reading is shown, and what it changed or would have changed. */
function told(shown, hint, picked) {
  fill($("reading"), shown ? reading(shown) : "");
  $("reading").hidden = !shown || !!hint;
  $("hint").classList.toggle("changed", !!hint && !picked);
  // Said again it would be read aloud again.
  if ($("hint").textContent !== hint) $("hint").textContent = hint;
}

function danger(shown) {
  const found = dangers(shown);
  $("danger").hidden = !found.length;
  fill($("danger"), found.map((rule) => make("div", {}, make("b", {}, rule.name), rule.transfer ? make("span", { class: "number" }, `转 ${rule.transfer}`) : "", ` ${rule.handling}`)));
}

let waiting = null;
const FIRST = [["N", "从最急的一件开始"], ["C", "新来电"], ["/", "查单位或事项"], ["?", "全部按键"]];

/** Nothing to say yet: what waits, and how to begin. `counts` of the queues, once they are known. */
export function idle(counts = waiting) {
  waiting = counts;
  const figure = (words, count) => make("span", {}, make("b", {}, count), words);
  return make("div", { class: "empty" }, make("p", {}, "在左边输入诉求, 建议会出现在这里。"),
    counts ? make("p", { class: "waits" }, figure("待分办", counts.new), figure("已退单", counts.returned), figure("超时", counts.overdue), figure("我的", counts.mine)) : "",
    make("dl", { class: "keys" }, FIRST.flatMap(([key, words]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, words)])));
}

function question(asked, on) {
  const options = asked.options.map((each) => make("button", { type: "button", "data-key": `answer ${asked.issue} ${each.code}`, onclick: () => on.answer(asked.issue, each.code), title: each.name }, each.answer, each.name && asked.options.length <= 8 ? make("small", {}, ` → ${on.short(each.unit, each.name)}`) : ""));
  return make("div", { class: "question", "data-issue": asked.issue, role: "group", "aria-label": asked.text }, make("p", {}, "问: ", asked.text), make("div", { class: "row" }, options));
}

function summary(shown, on) {
  const item = shown.items[0];
  return [
    urgency(shown.urgency),
    shown.type ? make("span", { class: "tag" }, shown.type) : "",
    on.item ? make("span", {}, make("span", { class: "tag good" }, "改"), ` ${on.item}`) : item ? path(item) : "",
    make("span", { class: "muted" }, `地点 ${shown.place.name || "未知"}`),
  ];
}

/** The names that the probability carries, then the rest, which somebody should look at. */
function path(item) {
  const sure = item.path.slice(0, Math.max(1, item.level)), rest = item.path.slice(sure.length);
  return make("span", { title: `把握 ${percent(item.p)}` }, sure.join(" / "), rest.length ? make("span", { class: "muted" }, ` / ${rest.join(" / ")} (待核)`) : "");
}

function candidate(unit, index, chosen, on) {
  const bar = make("i");
  bar.style.width = `${Math.round(unit.p * 100)}%`;
  const mine = index === chosen;
  const number = index < 3 ? String(index + 1) : "";
  const head = make("button", { type: "button", class: "pick", "aria-pressed": String(mine), "data-key": `unit ${key(unit)}`, "data-picked": mine && on.picked, onclick: () => on.pick(index), "aria-label": `${number} ${unit.name} ${unit.left ? LEFT : percent(unit.p)}`.trim() },
    number ? make("kbd", {}, number) : make("span"), make("span", { class: "unit" }, unit.name), unit.left ? "" : [make("span", { class: "scale" }, bar), make("span", { class: "p" }, percent(unit.p))]);
  const others = unit.reasons.filter((each) => each.kind !== "phrase");
  const words = mine || unit.p >= WORTH ? phrases(unit) : [];
  const reasons = make("ul", { class: "reasons" }, words.length ? make("li", {}, "文中用词 ", words.map((each) => make("mark", {}, each))) : "", (mine ? others : others.slice(0, 1)).map((each) => make("li", {}, each.text)), unit.left ? make("li", {}, LEFT) : "");
  return make("li", { class: mine ? "chosen" : "" }, head, reasons);
}

const LEFT = "您选的, 不在这次的候选里";
/** From which probability the words that speak for another candidate are worth reading. */
const WORTH = 0.01;

function details(shown, on) {
  const rows = [];
  const row = (name, ...words) => rows.push(make("dt", {}, name), make("dd", {}, words));
  if (shown.co_units.length) row("协办", shown.co_units.map((each) => each.name).join("、"));
  const now = acute(shown);
  for (const each of now) row("立即处置", make("b", {}, each.handling));
  for (const each of shown.deadlines) row(now.length ? "处置后工单" : "时限", `${each.stage} ${each.limit}`, each.due ? `, ${each.due.slice(0, 10)} 前` : ` (${each.note})`, make("span", { class: "muted" }, ` ${each.basis}`));
  for (const each of shown.facts) row("职能交叉", `${each.answer} (${each.words ? `文中: ${each.words}` : "来电人已答复"}) `, make("span", { class: "muted" }, each.basis), each.words ? "" : make("button", { type: "button", class: "plain", "data-key": `withdraw ${each.issue}`, onclick: () => on.answer(each.issue, "") }, "撤回答复"));
  for (const rule of shown.rules.filter((each) => !dangers(shown).includes(each))) row("规则", `${rule.name}: ${rule.handling}${rule.transfer ? ` (${rule.transfer})` : ""}`);
  return [rows.length ? make("dl", { class: "facts" }, rows) : "", shown.matters.length ? matters(shown.matters, on) : ""];
}

function matters(found, on) {
  const lines = found.map((each) => make("li", {}, `${each.text} → `, make("strong", {}, each.unit.name), make("span", { class: "muted" }, ` ${each.item.path.at(-1)}`)));
  return [make("h2", {}, `含 ${found.length} 件事 `, on.split ? make("button", { type: "button", "data-key": "split", onclick: () => on.split(found) }, "拆成几件分开派 ", make("kbd", {}, "S")) : ""), make("ol", { class: "matters" }, lines)];
}

/** Near-duplicates and similar cases, each with the unit that has it. `names`: unit and town by code → the name. */
export function like(found, names) {
  const words = (each) => [each.title, each.start].filter(Boolean).join(" · ");
  const line = (each) => make("li", {}, make("a", { class: "line", "data-key": `like ${each.id}`, href: `/?request=${each.id}` }, make("span", { class: "start" }, words(each)), make("span", { class: "to" }, each.unit ? names(each.unit, each.area) : ""), make("span", { class: each.state === "final" ? "tag good" : "tag" }, each.state_name), make("span", { class: "muted num" }, share(each.likeness))));
  const part = (title, rows) => (rows.length ? [make("h2", {}, title), make("ul", { class: "like" }, rows.map(line))] : []);
  fill($("like"), part("可能重复", found?.duplicates || []), part("相似的已派诉求", (found?.cases || []).filter((each) => !(found.duplicates || []).some((other) => other.id === each.id) && each.likeness >= 0.1)));
}
