import "./layout.js";
import { Failure, get, toLogin } from "./api.js";
import { $, fill, make, problem } from "./dom.js";

const rows = (pairs) => make("dl", { class: "facts broad" }, pairs.flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, String(words))]));
const told = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : value);
const TASKS = { unit: "单位", item: "事项", type: "类型", urgency: "紧急程度" };

function model(found) {
  return make("section", { class: "card" }, make("h1", {}, "在用的模型"), found.profile_problem ? make("p", { class: "notice bad" }, `城市表有错, 仍用上一版: ${found.profile_problem}`) : "",
    rows([["引擎", found.versions.engine], ["模型", found.versions.model], ["城市表", found.versions.profile], ...Object.entries(found.tasks).map(([task, count]) => [`会分的${TASKS[task]}`, `${count} 种`]), ...Object.entries(found.thresholds).map(([name, value]) => [`门槛 ${name}`, told(value)])]));
}

const profile = (found) => make("section", { class: "card" }, make("h1", {}, "在用的城市表"), rows([["城市", found.name || "无"], ["版本", found.version], ["指纹", found.fingerprint], ["单位", found.units.length], ["镇街", found.towns.length], ["事项", found.items.length], ["退单原因", found.refusal_reasons.length]]), make("p", { class: "muted small" }, "改表: 编辑城市表的文件, 服务自动载入; 有错的表不会启用。"));

async function load() {
  try {
    const parts = await Promise.allSettled([get("/model"), get("/profile")]);
    fill($("told"), parts.map((part, index) => (part.status === "fulfilled" ? [model, profile][index](part.value) : "")));
    const bad = parts.find((part) => part.status === "rejected")?.reason;
    if (bad) throw bad;
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(failure.message);
  }
}
load();
