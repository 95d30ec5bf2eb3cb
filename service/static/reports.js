import "./layout.js";
import { Failure, get, post, today, toLogin } from "./api.js";
import { $, fill, make, problem } from "./dom.js";

const link = (each, form, words) => make("a", { href: `/api/v1/reports/${each.name}/${form}`, target: form === "html" ? "_blank" : null, rel: "noopener", "aria-label": `${words}: ${each.kind_name} ${each.period}` }, words);

const row = (each) => make("tr", { id: each.name }, make("td", { class: "nowrap" }, make("span", { class: "tag new" }, each.kind_name), each.synthetic ? make("span", { class: "tag bad" }, "合成") : ""), make("td", { class: "nowrap" }, each.period), make("td", {}, each.title), make("td", { class: "nowrap" }, each.made), make("td", { title: each.made_by }, each.made_by_name), make("td", { class: "nowrap" }, link(each, "html", "网页"), " ", link(each, "docx", "Word")));

/** What went before is over: no success stands beside an error. */
function failed(words) {
  $("told").hidden = true;
  problem(words);
}

async function guarded(act) {
  try {
    problem("");
    await act();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") return toLogin();
    failed(failure.message);
  }
}

async function load() {
  const found = await get("/reports");
  fill($("rows"), found.reports.length ? found.reports.map(row) : make("tr", {}, make("td", { colspan: "6", class: "empty" }, "还没有报告。选种类和日期, 点“生成”。")));
  fill($("schedule"), found.scheduled.length ? `${found.scheduled.join("、")}在时段结束后自动生成。` : "未设自动生成。", found.pictures ? "" : "本机没有中文字体, Word 中不画图。");
}

$("day").value = new Date(Date.parse(today()) - 86400000).toISOString().slice(0, 10);
$("make").addEventListener("submit", (event) => {
  event.preventDefault();
  if ($("day").value > today()) return failed(`${$("day").value} 在将来。请选今天或以前的一天。`);
  guarded(async () => {
    const button = event.target.querySelector("button");
    button.disabled = true;
    $("told").hidden = false;
    fill($("told"), "正在生成, 请稍候…");
    try {
      const made = await post("/reports", { kind: $("kind").value, day: $("day").value });
      await load();
      fill($("told"), `已生成: ${made.title} (${made.period})`);
      document.getElementById(made.name)?.classList.add("now");
    } catch (failure) {
      $("told").hidden = true;
      throw failure;
    } finally {
      button.disabled = false;
    }
  });
});
guarded(load);
