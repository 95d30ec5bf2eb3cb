// Versions of the city's tables: send, check, compare, put in use, roll back.

import { Failure, get, may, post } from "./api.js";
import { activate, before, button, history } from "./activations.js";
import { $, fill, make, moment } from "./dom.js";
import { listing } from "./faults.js";
import { doing } from "./page.js";

const COUNTS = { units: "单位", towns: "镇街", items: "末级事项", duties: "职责", rules: "规则", overlaps: "职能交叉" };
let versions = [];

const installed = "随系统配置的城市表";
const called = (target) => {
  const found = versions.find((each) => String(each.id) === target);
  return found ? `第 ${found.id} 版 (${found.words}, ${found.fingerprint.slice(0, 8)})` : target ? `第 ${target} 版` : installed;
};
const counted = (counts) => Object.entries(COUNTS).map(([code, words]) => `${words} ${counts[code]}`).join(" · ");

function current({ loaded, problem, in_use: target }) {
  return [
    problem ? make("p", { class: "notice bad" }, `启用的版本装不上, 仍用上一版: ${problem}`) : "",
    loaded ? make("p", {}, make("strong", {}, `${loaded.name} ${loaded.version}`), make("span", { class: "muted" }, ` 指纹 ${loaded.fingerprint} · ${called(target)}`)) : make("p", {}, "没有城市表"),
    loaded ? make("p", { class: "muted small" }, counted(loaded)) : "",
  ];
}

function row(number, name, note, who, when, state) {
  const query = `version=${number}`;
  return make("tr", { class: state === "在用" ? "now" : "" }, make("td", { class: "num" }, number ? String(number) : "—"), make("td", {}, name), make("td", {}, note), make("td", { class: "nowrap" }, who), make("td", { class: "nowrap" }, when), make("td", {}, state ? make("span", { class: state === "在用" ? "tag good" : "tag new" }, state) : ""),
    make("td", { class: "nowrap" }, make("span", { class: "row tight" },
      button("对比", () => compare(number, name), name), make("a", { class: "button", href: `/api/v1/profiles/workbook?${query}`, download: "", "aria-label": `下载工作簿 ${name}` }, "下载工作簿"),
      may("profile.write") && state !== "在用" ? button("启用", () => activate("profiles", query, name, load), name) : "")));
}

async function compare(number, name) {
  await doing(async () => {
    const { diff } = await get(`/profiles/diff?version=${number}`);
    fill($("checked"), make("section", { class: "card", tabindex: "-1", id: "outcome" }, make("h2", {}, `${name} 与在用的相比`), told(diff)));
    $("outcome").focus();
  });
}

/** What changes for whom. */
function told(diff) {
  if (!diff) return make("p", {}, "现在没有在用的城市表, 无从对比。");
  if (!diff.count) return make("p", {}, "与在用的没有差别。");
  return [make("p", {}, `共 ${diff.count} 处变动:`), make("pre", { class: "told", tabindex: "0", role: "region", "aria-label": "变动" }, diff.words)];
}

async function check() {
  const file = $("file").files[0];
  if (!file) return;
  fill($("picked"), file.name);
  fill($("checked"), make("p", { class: "notice", role: "status" }, `正在检查 ${file.name} …`));
  const fine = await doing(async () => outcome(file, await post("/profiles/check", file)));
  if (!fine) fill($("checked"));
}

function outcome(file, found) {
  const ignored = found.ignored?.length ? make("p", { class: "muted small" }, `不是城市表, 未用: ${found.ignored.join("、")}`) : "";
  if (!found.sound) {
    fill($("checked"), make("section", { class: "card", tabindex: "-1", id: "outcome" }, make("h2", {}, `${file.name}: ${found.problems.length} 处问题, 没有保存。改好再传。`), listing(found.problems), ignored));
  } else {
    const note = make("input", { id: "note", maxlength: "500", placeholder: "如: 三定方案调整" });
    const keep = make("form", { class: "row", onsubmit: (event) => { event.preventDefault(); save(file, note.value.trim()); } }, make("label", { class: "row nowrap grow" }, "说明 ", note), make("button", { class: "main" }, "保存为新版本 (不启用)"));
    fill($("checked"), make("section", { class: "card", tabindex: "-1", id: "outcome" }, make("h2", {}, `${file.name}: 没有错。${found.name} ${found.version}, ${counted(found.counts)}`), ignored, told(found.diff), keep));
  }
  $("outcome").focus();
}

async function save(file, note) {
  await doing(async () => {
    const made = await post(`/profiles?note=${encodeURIComponent(note)}`, file);
    $("file").value = "";
    fill($("picked"));
    await load();
    fill($("checked"), make("p", { class: "notice", role: "status" }, made.new ? `已存为第 ${made.id} 版。启用前它不影响任何诉求。` : `与第 ${made.id} 版相同, 没有另存。`));
  });
}

export async function load() {
  const found = await get("/profiles");
  versions = found.versions;
  const state = (target) => (found.in_use === target ? "在用" : found.activations.some((each) => each.state === "planned" && each.target === target) ? "计划中" : "");
  fill($("current"), current(found));
  fill($("versions"), versions.map((each) => row(each.id, `${each.words} · ${each.fingerprint.slice(0, 8)}`, each.note, each.made_by, moment(each.made_at), state(String(each.id)))), row(0, installed, "", "", "", state("")));
  fill($("activated"), history(found.activations, called, "profile.write", load));
  const target = before(found);
  $("back").hidden = target === null || !may("profile.write");
  $("back").onclick = () => activate("profiles", `version=${target || 0}`, `${called(target)} (退回)`, load);
}

export function start() {
  $("file")?.addEventListener("change", check);
  return load().catch((failure) => {
    if (!(failure instanceof Failure)) throw failure;
    return doing(() => { throw failure; });
  });
}
