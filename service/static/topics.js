import "./layout.js";
import { Failure, get, post, toLogin } from "./api.js";
import { $, fill, make, problem } from "./dom.js";
import { buttons, owner, ready, shown, why } from "./muting.js";

let found = null;

const people = (each) => (each.unknown ? (each.people ? `${each.people} (另 ${each.unknown} 件不明)` : "不明") : String(each.people));
const period = () => new URLSearchParams([["since", $("since").value], ["until", $("until").value]].filter(([, day]) => day));
const name = (each) => each.phrases.join(" · ") || each.item || "一件事";

function row(each) {
  const acts = buttons(each, name(each), async (body) => { Object.assign(each, await post(`/analysis/topics/${each.mark}?${new URLSearchParams({ since: found.since, until: found.until })}`, body)); list(); });
  return make("tr", {}, make("td", { class: "topic" }, make("b", {}, name(each)), make("div", { class: "small muted" }, each.typical)), make("td", { class: "num" }, make("b", {}, String(each.n))), make("td", { class: "num" }, people(each)),
    make("td", { class: "nowrap" }, each.first === each.last ? each.first : [each.first, make("br"), `至 ${each.last}`]), make("td", {}, each.towns.map((town) => make("div", {}, `${town.name} ${town.n}`)), each.elsewhere ? make("div", {}, `其他镇街 ${each.elsewhere}`) : "", each.nowhere ? make("div", { class: "muted" }, `不明 ${each.nowhere}`) : ""),
    make("td", {}, each.item || "不明"), make("td", {}, each.unit || "未派单"), make("td", {}, owner(each)),
    make("td", {}, make("span", { class: "row tight" }, make("button", { type: "button", class: "nowrap", "aria-label": `看工单 ${name(each)}`, onclick: () => drill(each) }, "看工单"), acts), why(each)));
}

function list() {
  const rows = found.topics.filter(shown);
  fill($("rows"), rows.map(row));
  $("empty").hidden = rows.length > 0;
  fill($("empty"), !found.made_at ? "还没有快照" : !found.read ? "这段时间没有数据" : found.topics.length ? "这段时间的热点都已静音" : "这段时间没有多人集中反映的同一件事");
}

function draw() {
  $("since").value = found.since;
  $("until").value = found.until;
  $("behind").hidden = true;
  list();
  fill($("notes"), [`用词相近的诉求归为一个热点: 至少 ${found.least} 件、${found.callers} 个不同诉求人(没有记号的各算一人)。`, "归类由机器完成, 同一口吻的不同事情可能归在一起: 请看过工单再下结论。", "关键词是本热点常说、其余诉求少说的词; 疑似人名不列。保密件不在其中。",
    found.full ? `这段时间诉求太多, 只读了最新的 ${found.read} 件。` : `读了 ${found.read} 件有正文的诉求。`].map((words) => make("li", {}, words)));
}

async function tell(work) {
  try {
    problem("");
    await work();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    $("empty").hidden = true;
    problem(failure.message);
  } finally {
    fill($("state"), "");
  }
}

const load = (query) => tell(async () => {
  fill($("state"), "正在归类…");
  found = await get(`/analysis/topics?${query}`);
  draw();
});

const drill = (each) => tell(async () => {
  fill($("state"), "正在载入工单…");
  const told = await get(`/analysis/topics/${each.mark}/requests?${new URLSearchParams({ since: found.since, until: found.until })}`);
  fill($("behind-title"), `${name(each)}: ${each.n} 件${told.left_out ? `, 列出最典型的 ${told.requests.length} 件` : ""}`);
  fill($("requests"), told.requests.map((one) => make("tr", {}, make("td", { class: "nowrap" }, one.day), make("td", {}, one.town), make("td", {}, one.title ? make("b", {}, one.title) : "", make("div", {}, one.start)), make("td", {}, one.item), make("td", {}, one.unit), make("td", { class: "nowrap" }, one.state))));
  $("behind").hidden = false;
  $("behind-title").focus();
});

$("period").addEventListener("submit", (event) => {
  event.preventDefault();
  history.replaceState(null, "", `?${period()}`);
  load(period());
});
ready(() => found && list());
load(new URLSearchParams(location.search));
