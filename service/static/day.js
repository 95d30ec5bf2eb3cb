import "./layout.js";
import { Failure, every, get, may, today, toLogin } from "./api.js";
import { $, fill, lasting, make, problem } from "./dom.js";

const figure = (words, value, more = "", tag = "") => make("div", { class: "figure" }, make("span", { class: "muted" }, words), make("b", {}, value), more ? make("span", { class: tag || "muted small" }, more) : "");

async function load() {
  try {
    const day = await get(`/figures/day?day=${$("day").value}&account=${encodeURIComponent($("account").value.trim())}`);
    const share = (count) => (day.dispatched ? `${Math.round((count / day.dispatched) * 100)}%` : "");
    const fine = day.median_seconds !== null && day.median_seconds <= day.target_seconds;
    problem("");
    fill($("figures"), figure("派出", day.dispatched), figure("采纳首选", day.accepted, share(day.accepted)), figure("改选候选", day.chosen, share(day.chosen)), figure("改派其他", day.overridden, share(day.overridden)),
      figure("中位用时", lasting(day.median_seconds), day.median_seconds === null ? "还没有派单" : `目标 ${lasting(day.target_seconds)} ${fine ? "达到" : "未达到"}`, day.median_seconds === null ? "" : fine ? "tag good" : "tag bad"),
      figure("按时派出", day.within_target, share(day.within_target)), figure("关闭", day.closed), figure("退单", day.returned), figure("定责", day.final));
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(failure.message);
  }
}

$("day").value = today();
$("whose").hidden = !may("figures.all");
for (const each of ["day", "account"]) $(each).addEventListener("change", load);
every(60, load);
