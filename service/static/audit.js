import "./layout.js";
import { get, post } from "./api.js";
import { $, fill, make, when } from "./dom.js";
import { doing } from "./page.js";

const ACTIONS = {
  login: "登录", logout: "退出", access: "越权访问", "request.create": "录入诉求", "request.view": "查看诉求", "request.search": "查找诉求", "request.suggest": "重新建议", "suggestion.view": "查看建议", "request.decide": "派单", "request.auto": "自动派单", "request.refuse": "退单",
  "request.final": "定责", "request.claim": "开始处理", "request.release": "放回", "request.unmask": "查看原文", "request.phone": "按电话查找", "request.dispatch": "取派单副本", "request.import": "导入", "request.purge": "按期清除", "feed.read": "平台取事件",
  "account.setup": "首次设置", "account.create": "建账号", "account.password": "设密码", "account.grant": "授权", "account.disable": "停用或启用", "account.unlock": "解锁", "account.locked": "锁定", "account.invite": "邀请", "account.bind": "绑定统一身份认证", "token.create": "发令牌", "token.end": "终止令牌",
  "profile.upload": "上传城市表", "profile.download": "下载城市表", "profile.activate": "启用城市表", "profile.cancel": "取消城市表计划", "model.activate": "启用模型", "model.cancel": "取消模型计划", "automation.switch": "自动派单开关", "tag.draft": "保存标签草稿", "tag.try": "试算标签", "tag.publish": "发布标签", "tag.end": "停用标签", "request.tag": "人工打标签", "audit.view": "查看审计", "audit.verify": "核验审计", "audit.purge": "清除到期审计",
  "request.feedback": "登记办理结果", "feedback.import": "导入办理结果", "job.create": "建批量任务", "job.download": "下载任务结果", "report.make": "生成报告", "report.fetch": "打开报告", "analysis.view": "查看统计", "analysis.requests": "下钻到诉求", "analysis.topic": "查看热点", "analysis.finding": "查看发现", "analysis.export": "导出统计", "relabel.try": "试算重新分类", "relabel.apply": "写入重新分类", "relabel.undo": "撤销重新分类", "relabel.remove": "清除重新分类", "demo.fill": "建演示城市", "demo.passwords": "发演示密码",
  "store.backup": "备份", "store.restore": "恢复", "keys.reseal": "换密钥", "store.seal": "封存旧字段",
};
const THINGS = { topic: "热点", job: "任务", report: "报告", relabel: "重新分类", tag: "标签", request: "诉求", account: "账号", token: "令牌", profile: "城市表", activation: "启用", file: "文件" };
const FIELDS = { query: "条件", form: "格式", lines: "行数", outside: "对外", findings: "发现", batch: "批次", changed: "变化", tried: "试算", same: "已有", open: "未结", bad: "有误", mark: "标记", muted: "静音", owner: "负责人", until_day: "到", ref: "编号", accounts: "账号", seed: "种子", until: "截止", since: "起始", kind: "种类", rows: "行数", format: "格式", names: "名称", suggestions: "建议", added: "新增", subject: "用户标识", why: "原因", reason: "理由", version: "版本", action: "动作", unit: "单位", created: "入库", failed: "未成", replayed: "已有", found: "找到", entries: "条数", name: "名称", role: "角色", from: "原角色", to: "新角色", days: "天数", code: "代码", right: "权限", what: "内容", starts_at: "起", target: "目标", fingerprint: "指纹", state: "状态", words: "词数", events: "事件", on: "打开", confidential: "保密", replay: "重发", new: "新版", model: "模型", profile: "城市表", by: "方式", removed: "清除", requests: "诉求", after: "自", before: "到", problem: "问题", disabled: "停用" };
/** Pairs of an address: name=value, in the order in which they were asked. */
const pairs = (value) => Array.isArray(value) && value.length && value.every((each) => Array.isArray(each) && each.length === 2);
const ASKED = { since: "自", until: "至", by: "按", rate: "指标", compare: "比较", words: "文中含", town: "镇街", item: "事项", item_1: "一级事项", item_2: "二级事项", type: "诉求类型", unit: "承办单位", state: "状态" };
const VALUES = { oidc: "统一身份认证", accept: "采纳", choose: "改选", override: "改派", close: "关闭", text: "原文", contact: "来电人", true: "是", operator: "话务员", supervisor: "班长", analyst: "分析员", system_admin: "系统管理员", security_admin: "安全管理员", auditor: "审计员", platform: "热线平台" };
const WHOLE = 100;
let last = 0;

const thing = (subject) => subject.replace(/^([a-z]+)(?::|$)/, (all, kind) => (THINGS[kind] ? `${THINGS[kind]} ` : all));
const shown = (value) => (pairs(value) ? value.map(([name, each]) => `${ASKED[name] || name}=${each.split(",").map((part) => ASKED[part] || part).join("×")}`).join(", ") : Array.isArray(value) ? value.map(shown).join("、") : value !== null && typeof value === "object" ? JSON.stringify(value) : VALUES[value] || String(value));
const details = (told) => Object.entries(JSON.parse(told)).filter(([, value]) => value !== "" && value !== null && value !== false).map(([name, value]) => `${FIELDS[name] || name} ${shown(value)}`).join(" · ");
const row = (each) => make("tr", {}, make("td", { class: "num" }, String(each.seq)), make("td", { class: "nowrap" }, when(each.made_at)), make("td", {}, each.made_by), make("td", {}, each.source), make("td", { class: "nowrap", title: each.action }, ACTIONS[each.action] || each.action), make("td", { class: "nowrap" }, thing(each.subject)),
  make("td", {}, make("span", { class: each.result === "ok" ? "tag good" : "tag bad" }, each.result === "ok" ? "成功" : "被拒")), make("td", { class: "small wrap" }, details(each.detail)));

async function load(more = false) {
  const found = await get(`/audit?limit=${WHOLE}&before=${more ? last : 0}&action=${encodeURIComponent($("action").value)}&made_by=${encodeURIComponent($("made_by").value.trim())}`);
  const lines = found.entries.map(row);
  if (more) $("rows").append(...lines);
  else fill($("rows"), lines.length ? lines : make("tr", {}, make("td", { colspan: "8", class: "empty" }, "没有记录")));
  last = found.entries.at(-1)?.seq || last;
  $("more").hidden = found.entries.length < WHOLE;
}

fill($("action"), make("option", { value: "" }, "全部"), Object.entries(ACTIONS).map(([code, words]) => make("option", { value: code }, words)));
$("find").addEventListener("submit", (event) => {
  event.preventDefault();
  doing(() => load());
});
$("more").addEventListener("click", () => doing(() => load(true)));
$("verify").addEventListener("click", async () => {
  $("verify").disabled = true;
  await doing(async () => {
    const found = await post("/audit/verify");
    $("result").hidden = false;
    $("result").classList.toggle("bad", !!found.problem);
    fill($("result"), found.problem ? `日志被改动过: ${found.problem}` : `完整: 共 ${found.entries} 条, 没有改动, 没有缺失。`);
  });
  $("verify").disabled = false;
});
doing(() => load());
