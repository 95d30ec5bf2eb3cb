// One dialog at a time: a reason, a choice, a search, the keys.

import { $, fill, make } from "./dom.js";

const box = () => $("dialog");
export const open = () => box().open;

function start(title, ...inside) {
  fill(box(), make("h1", { id: "dialog-title" }, title), inside);
  box().showModal();
}

/** Words from the user, one of `choices` [[value, words]] where there are any, and a time where `when` asks for one; null when cancelled. */
export function ask(title, { note = "", label = "理由", least = 2, choices = null, choice = "选择", ok = "确定", when = false } = {}) {
  return new Promise((done) => {
    const words = make("input", { maxlength: "500", id: "ask-words" });
    const list = choices ? make("select", { id: "ask-choice" }, [make("option", { value: "" }, "请选择"), ...choices.map(([value, shown]) => make("option", { value }, shown))]) : null;
    const time = when ? make("input", { type: "datetime-local", id: "ask-when" }) : null;
    const wrong = make("p", { class: "notice bad", role: "alert", hidden: true });
    const form = make("form", { method: "dialog", onsubmit: (event) => {
      if (list && !list.value) {
        event.preventDefault();
        fill(wrong, `请选择: ${choice}。`);
        wrong.hidden = false;
        list.focus();
        return;
      }
      if (Array.from(words.value).filter((each) => /[\p{L}\p{N}]/u.test(each)).length < least) {
        event.preventDefault();
        fill(wrong, "请用几个字说明。");
        wrong.hidden = false;
        words.focus();
        return;
      }
      box().returnValue = "ok";
    } },
    note ? make("p", {}, note) : "", list ? make("label", {}, choice, list) : "", time ? make("label", {}, "何时启用 (不填: 立即)", time) : "", make("label", {}, least ? label : `${label} (可不填)`, words), wrong,
    make("div", { class: "row" }, make("button", { type: "button", onclick: () => box().close("") }, "取消 ", make("kbd", {}, "Esc")), make("button", { class: "main" }, ok, " ", make("kbd", {}, "Enter"))));
    box().returnValue = "";
    start(title, form);
    (list || words).focus();
    box().onclose = () => done(box().returnValue === "ok" ? { words: words.value.trim(), choice: list?.value || "", when: time?.value || "" } : null);
  });
}

/** Words to read. */
export function tell(title, ...inside) {
  start(title, inside, make("div", { class: "row" }, make("button", { class: "main", type: "button", autofocus: true, onclick: () => box().close() }, "关闭 ", make("kbd", {}, "Esc"))));
  box().onclose = null;
}

/** One of `entries` [{kind, code, name, initials, …}] found by name, code or initials of its pinyin; null when cancelled. */
export function search(entries) {
  return new Promise((done) => {
    let found = [], at = 0, chosen = null;
    const list = make("ul", { class: "options", role: "listbox", id: "options", "aria-label": "结果" });
    const input = make("input", { role: "combobox", "aria-expanded": "true", "aria-controls": "options", "aria-label": "单位或事项", placeholder: "名称、代码或拼音首字母, 如 skz", oninput: look, onkeydown: key });
    function look() {
      const words = input.value.trim().toLowerCase();
      const rank = (each) => (each.code.toLowerCase() === words || each.initials === words ? 0 : each.initials.startsWith(words) || each.name.startsWith(words) ? 1 : each.name.toLowerCase().includes(words) || each.initials.includes(words) || each.code.toLowerCase().startsWith(words) ? 2 : 9);
      found = words ? entries.map((each) => [rank(each), each]).filter(([score]) => score < 9).sort((one, other) => one[0] - other[0]).slice(0, 60).map((pair) => pair[1]) : entries.slice(0, 60);
      at = 0;
      draw();
    }
    function draw() {
      fill(list, found.map((each, index) => make("li", { role: "option", id: `option-${index}`, "aria-selected": String(index === at), onclick: () => take(index) }, make("span", { class: "kind" }, each.kind === "unit" ? "单位" : "事项"), make("span", {}, each.name), make("span", { class: "code" }, each.code))));
      if (!found.length) fill(list, make("li", { role: "option", "aria-selected": "false", "aria-disabled": "true" }, "没有找到"));
      input.setAttribute("aria-activedescendant", found.length ? `option-${at}` : "");
      $(`option-${at}`)?.scrollIntoView({ block: "nearest" });
    }
    function key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
      if (step) {
        event.preventDefault();
        at = Math.max(0, Math.min(found.length - 1, at + step));
        draw();
      } else if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        take(at);
      }
    }
    function take(index) {
      if (!found[index]) return;
      chosen = found[index];
      box().close();
    }
    start("查单位或事项", input, list);
    look();
    input.focus();
    box().onclose = () => done(chosen);
  });
}

const KEYS = [["1 2 3", "选候选单位"], ["Enter", "派给选中的单位 (须转 110/119/120 的先确认转接)"], ["Ctrl+Enter", "输入时直接派单"], ["Alt+1 2 3", "输入时选候选单位"], ["Esc", "离开输入"], ["I", "回到输入"], ["/", "查单位或事项 (可用拼音首字母)"], ["Q", "到追问的第一个答案"], ["S", "拆成几件"], ["N", "下一件 (未派的草稿先挂起)"], ["C", "新来电"], ["R", "退单"], ["F", "定责"], ["X", "关闭 (不派单)"], ["U", "看原文和来电人 (须理由, 留痕)"], ["L", "重新载入"], ["T", "接手他人正在处理的"], ["?", "这张表"]];
export const help = () => tell("按键", make("dl", { class: "keys" }, KEYS.flatMap(([key, words]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, words)])), make("p", {}, ""));
