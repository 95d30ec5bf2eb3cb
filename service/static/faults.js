// What the check of a city's tables says, in the words of those who edit them. A message that is not listed stays as it is.

import { make } from "./dom.js";

const WORDS = [
  [/^is empty$/, "是空的"], [/^is missing$/, "缺这一项"], [/^no unit '(.*)' that accepts requests$/, "没有能收件的单位 $1"], [/^no unit '(.*)'$/, "没有单位 $1 (见 units.csv 的 code)"], [/^no item '(.*)'$/, "没有事项 $1 (见 items.csv 的 code)"],
  [/^no town '(.*)'$/, "没有镇街 $1 (见 towns.csv 的 code)"], [/^no area class '(.*)'$/, "没有区域类别 $1 (见 profile.toml 的 [areas])"], [/^no area '(.*)'$/, "没有区域 $1"], [/^no time zone '(.*)'$/, "没有时区 $1, 如 Asia/Shanghai"],
  [/^no '(.*)' in this table$/, "本表没有 $1"], [/^'(.*)' stands in row (\d+) already$/, "$1 与第 $2 行重复"], [/^stands in row (\d+) for the same time$/, "与第 $1 行同时有效, 请留一条或错开日期"], [/^(\S+) stands in row (\d+) already$/, "$1 与第 $2 行重复"],
  [/^'(.*)' is not a date$/, "$1 不是日期, 请写成 2026-07-01"], [/^(.*) is not a whole number of 1 to 99999$/, "$1 不是 1 到 99999 的整数"], [/^is not UTF-8.*$/, "不是 UTF-8 编码, 请另存为 UTF-8"], [/^not valid TOML: (.*)$/, "profile.toml 写法有错: $1"],
  [/^item (\S+) does not exist in that time$/, "那段时间没有事项 $1, 请改日期"], [/^unit (\S+) does not exist all that time$/, "单位 $1 不是全程都在, 请改日期"], [/^overlaps row (\d+) in time$/, "与第 $1 行的日期重叠"], [/^(\S+) leads already \(row (\d+)\)$/, "$1 在第 $2 行已是主办, 不必再作协办"],
  [/^(\S+) (.+) has no lead everywhere \(area \*\)(.*)$/, "事项 $1 $2 没有不论何地 (*) 的主办"], [/^(\S+) accepts no requests \(units.csv\)$/, "$1 不收件 (见 units.csv), 请换单位"], [/^only a bureau that leads has a duty of its own$/, "只有主办的部门才有本级职责"], [/^(\S+) is its own ancestor$/, "事项 $1 的上级绕回了自己"],
  [/^(\S+) ends on (\S+) without one successor$/, "$1 于 $2 终止而没有唯一的承接单位"], [/^lies before valid_from$/, "早于生效日"], [/^(\S+) has a successor but no end$/, "$1 有承接单位而没有失效日"], [/^(\S+) succeeds itself$/, "$1 的承接绕回了自己"],
  [/^'(.*)' also means (.*)$/, "「$1」同时指 $2, 请只归一个镇街"], [/^'(.*)' holds a blank$/, "「$1」里有空格"], [/^'(.*)' is too short to be found$/, "「$1」太短, 至少两个字"], [/^'(.*)' is read as '(.*)'$/, "「$1」会读成「$2」, 请照此写"], [/^'(.*)' is not as long as '(.*)'$/, "「$1」与「$2」字数不同"],
  [/^(\S+) can never fire$/, "规则 $1 永远不会触发"], [/^'(.*)' can never be found$/, "「$1」永远找不到"], [/^an alternative is empty$/, "有一个空的写法"], [/^names no item$/, "没有写事项"], [/^(\S+) has (\d+) answers and no question$/, "$1 有 $2 个答案而没有问题"],
  [/^row (\d+) has (\d+) cells, the header (\d+)$/, "有 $2 格, 表头有 $3 格"], [/^no column (.*); it has (.*)$/, "缺列 $1; 现有 $2"], [/^unknown column (.*)$/, "不认识的列 $1"], [/^no such file.*$/, "缺这个文件"], [/^column (.*) stands twice$/, "列 $1 重复"], [/^holds a formula$/, "是公式, 请写值"],
  [/^'(.*)' is none of (.*)$/, "「$1」不在可选值 $2 中"], [/^'(.*)' is not one of (.*)$/, "「$1」不在可选值 $2 中"],
];

export function inChinese(message) {
  const found = WORDS.find(([pattern]) => pattern.test(message));
  return found ? message.replace(found[0], found[1]) : message;
}

const told = ({ message, remedy }) => (inChinese(message) === message ? `${message}. ${remedy}` : inChinese(message));

/** A table of everything that is wrong: file, row, column, what. The remedy, in full, where the pointer rests. */
export function listing(problems) {
  const row = (each) => make("tr", { title: each.remedy }, make("td", { class: "nowrap" }, each.file), make("td", { class: "num" }, each.row ? String(each.row) : "整表"), make("td", { class: "nowrap" }, each.column), make("td", {}, told(each)));
  const head = make("thead", {}, make("tr", {}, ["文件", "行", "列", "问题"].map((words, index) => make("th", index === 1 ? { class: "num" } : {}, words))));
  return make("div", { class: "scroll short", tabindex: "0", role: "region", "aria-label": "问题清单" }, make("table", {}, head, make("tbody", {}, problems.map(row))));
}
