import "./layout.js";
import { Failure, every, get, may, toLogin } from "./api.js";
import * as automation from "./automation.js";
import * as dialogs from "./dialogs.js";
import * as disputes from "./disputes.js";
import * as lapsed from "./lapsed.js";
import { $, fill, lasting, make, problem, share, since } from "./dom.js";

const FIGURES = [["new", "待分办"], ["returned", "已退单"], ["disputed", "争议"], ["overdue", "超时"], ["lapsed", "急件认领过期"]];
const HERE = 300;
let city = { units: [], towns: [], town_unit: "" };

const named = (unit, area) => city.towns.find((each) => each.code === area)?.name || city.units.find((each) => each.code === unit)?.name || city.former?.[unit] || unit;

function figures({ counts, people }) {
  const here = people.filter((each) => each.seen_at && since(each.seen_at) < HERE).length;
  const figure = (words, value, link, bad) => make("div", { class: "figure" }, make("span", { class: "muted" }, words), make("b", { class: bad && value ? "alert" : "" }, link ? make("a", { href: link }, value) : value));
  fill($("figures"), FIGURES.map(([code, words]) => figure(words, counts[code], code === "lapsed" ? "" : `/queue?name=${code}`, ["overdue", "lapsed"].includes(code))), figure("在岗", here), figure("今日派出", people.reduce((sum, each) => sum + each.dispatched, 0)));
}

function person(each) {
  const there = each.seen_at && since(each.seen_at) < HERE;
  const number = (value) => make("td", { class: "num" }, value);
  return make("tr", {}, make("td", {}, each.shown || each.name), make("td", {}, each.name), make("td", {}, each.role_name), make("td", {}, make("span", { class: there ? "tag good" : "tag" }, there ? "在岗" : each.seen_at ? `${lasting(since(each.seen_at))}前` : "未登录")), number(String(each.open)), number(String(each.dispatched)), number(String(each.accepted)), number(String(each.chosen)), number(String(each.overridden)), number(lasting(each.median_seconds)), number(each.dispatched ? share(each.within_target / each.dispatched) : "—"));
}

/** `act`: what to do before everything is read again. */
async function load(act = null) {
  // A dialog that is open stays as it is: nothing changes under the reader's hands.
  if (dialogs.open()) return;
  try {
    if (act) await act();
    const team = await get("/figures/team");
    figures(team);
    fill($("people"), team.people.length ? team.people.map(person) : make("tr", {}, make("td", { colspan: "11", class: "empty" }, "还没有话务员账号")));
    await lapsed.load(load);
    await disputes.load($("disputes"), named);
    const units = [...city.units.filter((each) => each.accepts && each.code !== city.town_unit).map((each) => [each.code, each.name]), ...city.towns.map((each) => [`${city.town_unit}@${each.code}`, each.name])];
    await automation.load(may("switch.write") ? units : []);
    problem("");
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(`${failure.message}${failure.passing ? " 自动重试。" : ""}`);
  }
}

get("/profile").then((found) => (city = found)).catch(() => {}).then(() => every(30, () => load()));
