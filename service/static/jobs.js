import "./layout.js";
import { Failure, every, get, post, toLogin } from "./api.js";
import { $, fill, make, moment, problem, toast } from "./dom.js";

const STATES = { waiting: ["等待", "tag"], running: ["进行中", "tag warn"], paused: ["已暂停", "tag"], done: ["完成", "tag good"], failed: ["失败", "tag bad"], cancelled: ["已取消", "tag"] };
const ACTS = { waiting: ["pause", "cancel"], running: ["pause", "cancel"], paused: ["resume", "cancel"], failed: ["resume", "cancel"], done: [], cancelled: [] };
const WORDS = { pause: "暂停", resume: "继续", cancel: "取消" };
const ERRORS = { text_empty: "没有正文", duplicate_id: "编号重复", ragged_row: "格数与表头不符", mojibake: "乱码", text_too_long: "过长", nul_byte: "含不能识别的字节", line_too_long: "行过长", bad_json: "不是 JSON", internal_error: "引擎出错" };
// What the command says, for people: the first that fits, else its own words.
const FAILURES = [[/no column looks like the text; it has (.*)\. Name it/, (found) => `找不到正文列。表中有: ${found[1]}。请把正文列改名为「诉求内容」再传。`], [/not a readable/, () => "文件打不开, 可能已损坏或加密。请另存后再传。"], [/neither UTF-8/, () => "看不出文字编码。请另存为 CSV UTF-8 或 Excel。"],
  [/is empty/, () => "文件是空的。"], [/stands twice/, () => "有两列同名, 请改名后再传。"], [/no room left/, () => "磁盘已满。请联系系统管理员, 腾出空间后点「继续」。"], [/ended from outside/, () => "内存不足。请联系系统管理员, 然后点「继续」。"], [/never closed/, () => "CSV 中有引号没有配对。"], [/refers|was trained with|no model/, () => "模型或城市表不能使用。请联系系统管理员。"]];
let last = "";

const errors = (words) => words.split(", ").map((each) => each.replace(/^(\d+) (\w+)$/, (_, count, code) => `${count} 行${ERRORS[code] || code}`)).join(", ");
const failure = (words) => {
  const [, say] = FAILURES.find(([form]) => form.test(words)) || [];
  return say ? say(words.match(FAILURES.find(([form]) => form.test(words))[0])) : `失败: ${words}`;
};

async function guarded(act) {
  try {
    problem("");
    await act();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    problem(failure.message);
  }
}

function progress(each) {
  if (each.state === "done") return `${each.total} 行${each.message ? `, 其中 ${errors(each.message)}` : ""}`;
  if (each.state === "failed") return failure(each.message);
  if (!each.total) return each.state === "running" ? "正在通读…" : "";
  const share = Math.floor((each.done / each.total) * 100);
  return [make("progress", { max: String(each.total), value: String(each.done), "aria-label": `任务 ${each.id} 进度` }), ` ${share}% (${each.done} / ${each.total})`];
}

const button = (each, action) => make("button", { type: "button", "aria-label": `${WORDS[action]}任务 ${each.id}`, onclick: () => guarded(async () => {
  if (action === "cancel" && !confirm(`取消任务 ${each.id}? 已完成的部分会删除。`)) return;
  await post(`/jobs/${each.id}/${action}`);
  toast(`任务 ${each.id} 已${WORDS[action]}`);
  await load();
}) }, WORDS[action]);

const row = (each) => make("tr", {}, make("td", { class: "num" }, String(each.id)), make("td", {}, each.kind === "period" ? `重新分类 ${each.name}` : each.name),
  make("td", {}, make("span", { class: STATES[each.state][1] }, STATES[each.state][0])), make("td", {}, progress(each)), make("td", { class: "nowrap" }, moment(each.made_at)), make("td", { class: "nowrap" }, moment(each.expires_at)),
  make("td", { class: "nowrap" }, each.state === "done" ? make("a", { href: `/api/v1/jobs/${each.id}/result`, download: true }, `下载结果 (${each.suffix})`) : "", make("div", { class: "row" }, ACTS[each.state].map((action) => button(each, action)))));

async function load() {
  const { jobs } = await get("/jobs");
  const told = JSON.stringify(jobs);
  if (told === last) return; // nobody loses the button under the finger
  last = told;
  fill($("rows"), jobs.length ? jobs.map(row) : make("tr", {}, make("td", { colspan: "7", class: "empty" }, "还没有任务")));
}

async function send(form) {
  const headers = { "x-csrf-token": document.querySelector('meta[name="triage-csrf"]').content };
  const answer = await fetch("/api/v1/jobs", { method: "POST", body: form, headers, cache: "no-store" }).catch(() => null);
  if (!answer) throw new Failure("offline", 0);
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Failure(told.error?.code || `http_${answer.status}`, answer.status, told.error);
}

$("file").addEventListener("change", () => fill($("picked"), $("file").files[0]?.name || "未选文件"));
$("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!$("file").files.length) {
    problem("请先选文件。");
    $("file").focus();
    return;
  }
  const form = new FormData();
  form.append("file", $("file").files[0]);
  form.append("suffix", $("upload-suffix").value);
  guarded(async () => {
    await send(form);
    $("upload").reset();
    fill($("picked"), "未选文件");
    toast("已提交");
    await load();
  });
});
$("period").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(async () => {
    await post("/jobs/period", { since: $("since").value, until: $("until").value, suffix: $("period-suffix").value });
    toast("已提交");
    await load();
  });
});
every(2, () => guarded(load));
