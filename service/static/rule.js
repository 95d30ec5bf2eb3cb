// A tag's rule: between its form rows, its expression (the cells of tags.csv), and a sentence.

import { $, fill, make } from "./dom.js";

export const KINDS = { patterns: "词语", unless: "不含", items: "事项", types: "类型", towns: "镇街" };
const TYPES = ["咨询", "求助", "投诉", "举报", "建议", "表扬", "其他"];
const HINTS = { patterns: "路灯+不亮: 同一句里都有", unless: "路灯费; 以 ~ 开头: 同一小句里没有", items: "打几个字选事项" };
export const empty = () => ({ patterns: [], unless: [], items: [], types: [], towns: [] });
const cut = (cell) => cell.replaceAll("；", ";").split(";").map((each) => each.trim()).filter(Boolean);

/** As the API has it to one list per kind, and back. */
export const rows = (rule) => ({ ...empty(), ...rule, patterns: cut(rule.patterns || ""), unless: cut(rule.unless || ""), items: [...(rule.items || [])], types: [...(rule.types || [])], towns: [...(rule.towns || [])] });
export const rule = (found) => Object.fromEntries(Object.entries(found).map(([kind, values]) => [kind, ["patterns", "unless"].includes(kind) ? values.filter(Boolean).join(";") : values.filter(Boolean)]));

export const written = (found) => Object.entries(KINDS).filter(([kind]) => found[kind].some(Boolean)).map(([kind, words]) => `${words}: ${found[kind].filter(Boolean).join(";")}`).join("\n");

/** An expression to rows; null where a line begins with no kind of condition. */
export function read(text) {
  const found = empty();
  for (const line of text.split("\n").filter((each) => each.trim())) {
    const [, words, cell] = line.match(/^\s*([^:：]+)[:：](.*)$/) || [];
    const kind = Object.keys(KINDS).find((each) => KINDS[each] === words?.trim());
    if (!kind) return null;
    found[kind].push(...cut(cell));
  }
  return found;
}

export function spoken(found, city) {
  const named = { items: (code) => city.items.find((each) => each.code === code)?.path.join("/") || `${code}(无此事项)`, towns: (code) => city.towns.find((each) => each.code === code)?.name || `${code}(无此镇街)`, types: (type) => type, patterns: (way) => way.split("+").map((part) => `“${part.trim()}”`).join(" 且 ") };
  const parts = ["patterns", "items", "types", "towns"].filter((kind) => found[kind].some(Boolean)).map((kind) => {
    const words = found[kind].filter(Boolean).map(named[kind]).join(" 或 ");
    const not = kind === "patterns" && found.unless.some(Boolean) ? `(但不算 ${found.unless.filter(Boolean).map((each) => (each.startsWith("~") ? `同小句有“${each.slice(1)}”的` : `“${each}”里的`)).join("、")})` : "";
    return `${{ patterns: "文中有", items: "事项属", types: "类型是", towns: "镇街是" }[kind]} ${words}${not}`;
  });
  return parts.length ? `读作: ${parts.join(", 并且 ")}。` : "还没有条件。";
}

const label = (item) => `${item.path.join("/")} ${item.code}`;

/** Form rows of all kinds; ``changed`` is called after each change. ``frozen``: to read only. */
export function draw(place, found, city, frozen, changed) {
  const again = (kind, at) => { draw(place, found, city, frozen, changed); changed(); place.querySelector(`[data-kind=${kind}][data-at="${at}"]`)?.focus(); };
  const field = (kind, at) => {
    const given = { "data-kind": kind, "data-at": at, disabled: frozen, "aria-label": `${KINDS[kind]} ${at + 1}` };
    const set = (value) => { found[kind][at] = value; changed(); };
    if (kind === "types" || kind === "towns") {
      const options = kind === "types" ? TYPES.map((each) => [each, each]) : city.towns.map((each) => [each.code, each.name]);
      return make("select", { ...given, onchange: (event) => set(event.target.value) }, make("option", { value: "" }, "选择…"), options.map(([code, words]) => make("option", { value: code, selected: code === found[kind][at] }, words)));
    }
    if (kind === "items") {
      const known = city.items.find((each) => each.code === found.items[at]);
      return make("input", { ...given, class: "long", list: "items", placeholder: HINTS.items, value: known ? label(known) : found.items[at], onchange: (event) => set(city.items.find((each) => label(each) === event.target.value)?.code || event.target.value.trim()) });
    }
    return make("input", { ...given, placeholder: at ? "" : HINTS[kind], value: found[kind][at], maxlength: 200, oninput: (event) => set(event.target.value.trim()) });
  };
  fill(place, Object.entries(KINDS).map(([kind, words]) => make("div", { class: "row condition", role: "group", "aria-label": words }, make("b", {}, words),
    found[kind].map((_, at) => [at ? make("span", { class: "muted" }, kind === "unless" ? "、" : "或") : "", field(kind, at), frozen ? "" : make("button", { type: "button", class: "plain small", "aria-label": `去掉 ${words} ${at + 1}`, onclick: () => { found[kind].splice(at, 1); again(kind, Math.max(0, at - 1)); } }, "×")]),
    frozen ? "" : make("button", { type: "button", class: "small", "data-add": kind, onclick: () => { found[kind].push(""); again(kind, found[kind].length - 1); } }, found[kind].length && kind !== "unless" ? "＋ 或" : "＋"))));
  fill($("items"), city.items.map((each) => make("option", { value: label(each) })));
}
