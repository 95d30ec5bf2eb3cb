// The plan's own indicator, to be understood in ten seconds: one sentence for each of the two times, then the figures behind it.
import "./layout.js";
import { backwards, Failure, get, toLogin } from "./api.js";
import { $, fill, make, problem, when } from "./dom.js";

const NAMES = { "": "全部", auto: "自动", accepted: "采纳建议", chosen: "另选候选", overridden: "改派" };
const count = (n) => n.toLocaleString("zh-CN");
const percent = (p) => `${Math.abs(p * 100).toFixed(0)}%`;
/** Never 100% for what took some time. */
const faster = (p) => (p > 0.99 && p < 1 ? " 99% 以上" : ` ${percent(p)}`);

function time(seconds) {
  if (seconds === null) return "—";
  if (seconds < 90) return `${Math.round(seconds)} 秒`;
  if (seconds < 5400) return `${(seconds / 60).toFixed(seconds < 600 ? 1 : 0)} 分钟`;
  return seconds < 172800 ? `${(seconds / 3600).toFixed(1)} 小时` : `${(seconds / 86400).toFixed(1)} 天`;
}

function split(found, name) {
  const words = [["auto", "自动派单"], ["accepted", "采纳建议"], ["chosen", "另选候选"], ["overridden", "人工改派"]];
  const told = words.map(([how, title]) => [title, found.ways.find((each) => each.how === how)]).filter(([, each]) => each?.sent && each[name] !== null);
  return told.map(([title, each]) => `${title} ${time(each[name])} (${count(each.sent)} 件)`).join("; ");
}

function verdict(place, told, median, before, found) {
  const held = told.met_gain === null ? "" : told.met_gain ? "good" : "bad";
  const gain = median === null ? (found.known ? "所选期间没有可以计时的工单" : "所选期间没有数据") : told.gain === null ? (found.baseline ? "基线期没有可比的数据" : "未设基线期, 不能说快慢") : Math.abs(told.gain) < 0.005 ? "与基线持平" : `比基线${told.gain > 0 ? "快" : "慢"}${faster(told.gain)}`;
  const mark = told.met_gain === null ? "" : told.met_gain ? `✓ 达到 ${percent(found.required)} 的要求` : `✗ 未达到 ${percent(found.required)} 的要求`;
  const target = told.met_target === null ? (found.target_minutes ? "" : "省定目标: 待市提供") : `省定目标 ${found.target_minutes} 分钟: ${told.met_target ? "✓ 达到" : "✗ 未达到"}`;
  fill($(place), make("p", { class: "big" }, time(median), make("small", {}, " 中位 (自动与人工合计)")), make("p", {}, split(found, `${place}_median`)), make("p", { class: `judged ${held}` }, gain, mark ? make("b", {}, ` ${mark}`) : ""),
    make("p", { class: "muted" }, place === "first" ? `本市目标 ${found.city_minutes} 分钟内派单。` : "", before !== undefined ? `基线期 ${found.baseline.period.join(" 至 ")}: ${time(before)}。` : "", target));
}

function bar(value, most) {
  const meter = make("span", { class: "meter" }, make("i"));
  meter.firstChild.style.width = value === null || !most ? "0" : `${Math.max(1, (value / most) * 100)}%`;
  return make("td", { class: "metered" }, meter);
}

function draw(found) {
  const all = found.ways[0], old = found.baseline?.ways[0];
  fill($("period"), `${found.since || found.first_day || "最早"} 至 ${found.until || found.last_day || "最近"}`, found.gaps.length ? make("b", {}, ` ${found.gaps[0]}`) : "");
  verdict("first", found.first, all.first_median, old?.first_median, found);
  verdict("final", found.final, all.final_median, old?.final_median, found);
  const n = (value) => (found.known ? count(value) : "—");
  const num = (words) => make("td", { class: "num" }, words);
  fill($("ways"), found.ways.map((each) => make("tr", { class: each.how ? "" : "sum" }, make("th", { scope: "row" }, NAMES[each.how]), num(n(each.sent)), num(time(each.first_median)), num(time(each.first_p90)), num(n(each.final)), num(time(each.final_median)), num(time(each.final_p90)),
    num(each.sent ? `${count(each.refused)} (${((each.refused / each.sent) * 100).toFixed(1)}%)` : "—"), num(n(each.untimed)))));
  const most = Math.max(0, ...found.months.flatMap((each) => [each.first_median || 0, each.final_median || 0]));
  fill($("months"), found.months.map((each) => make("tr", {}, make("th", { scope: "row" }, each.how), num(count(each.sent)), num(time(each.first_median)), bar(each.first_median, most), num(time(each.final_median)), bar(each.final_median, most), num(time(each.first_p90)))));
  fill($("notes"), ["时间按钟表计, 含夜间和休息日。只知登记日期、或时间先后矛盾的, 不计入时长, 列在“未能计时”。", "“派给最终承办单位”只算已定责的; 派错再退的时间算在内, 派得快而派错不算快。", "基线期、要求的提速比例和省定目标由系统管理员设置; 要改, 请联系系统管理员。", found.snapshot.made_at ? `快照 ${when(found.snapshot.made_at)}` : "还没有快照"].map((words) => make("li", {}, words)));
}

function periods(today) {
  const day = new Date(`${today}T00:00`), iso = (each) => `${each.getFullYear()}-${String(each.getMonth() + 1).padStart(2, "0")}-${String(each.getDate()).padStart(2, "0")}`;
  const [year, month] = [day.getFullYear(), day.getMonth()];
  return { 近30天: ["", ""], 本月: [iso(new Date(year, month, 1)), today], 上月: [iso(new Date(year, month - 1, 1)), iso(new Date(year, month, 0))], 今年: [`${year}-01-01`, today], 去年: [`${year - 1}-01-01`, `${year - 1}-12-31`] };
}

let asked = 0;
async function load(today) {
  const me = ++asked, given = new URLSearchParams(location.search);
  fill($("quick"), Object.entries(periods(today)).map(([words, [since, until]]) => make("button", { type: "button", "aria-pressed": String((given.get("since") || "") === since && (given.get("until") || "") === until), onclick: () => { history.pushState(null, "", since ? `/speed?since=${since}&until=${until}` : "/speed"); load(today); } }, words)));
  try {
    const found = await get(`/analysis/speed?${given}`);
    if (me !== asked) return;
    problem("");
    draw(found);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(backwards(failure) || failure.message);
  }
}

try {
  const { today } = await get("/analysis/options");
  addEventListener("popstate", () => load(today));
  load(today);
} catch (failure) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.code === "not_logged_in") toLogin();
  else problem(failure.message);
}
