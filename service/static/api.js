// Calls of the API. A failure is a Failure: its code is the API's own, or "offline" where no answer came.

import { $, fill } from "./dom.js";

const WORDS = {
  offline: "连不上服务", bad_login: "账号或密码不对, 或账号已停用。", locked_out: "密码错误次数过多, 账号暂时锁定。请稍候, 或联系安全管理员。",
  not_logged_in: "登录已结束, 请重新登录。", no_right: "您的角色不能这样做。", bad_link: "链接已用过、已过期或无效。请索取新的链接; 首次设置请重启服务。",
  weak_password: "密码不符合规则。", conflict: "他人已先处理, 请看最新状态。", wrong_state: "现在的状态不能这样做, 请重新载入。", name_taken: "已有同名账号。",
  own_account: "不能更改自己账号的权限。", last_administrator: "这是最后一个能用的该类管理员账号。请先另建一个并授权, 再改这个。", reason_needed: "请用几个字说明理由。", unknown_request: "没有这个编号的诉求。", unknown_report: "没有这份报告。请重新载入列表。", unknown_topic: "热点已有变化, 请重新查看。", unknown_alert: "预警已有变化, 请重新查看。", unknown_finding: "结果已有变化, 请重新查看。", purged: "该诉求已按期限清除。",
  text_empty: "还没有可读的文字。", text_too_long: "文字超过 5 万字, 请只留要点。", body_too_large: "内容过大。", mojibake: "文字是乱码, 请重新粘贴。",
  no_store: "数据库现在不能使用, 草稿保留, 会自动重试。", busy: "正忙, 会自动重试。", not_ready: "模型没有载入, 请联系系统管理员。",
  wrong_type: "不是能读的文件。", disk_full: "服务器磁盘已满, 没有收下, 请联系系统管理员。", bad_archive: "压缩包读不出来。", bad_path: "压缩包里有指向文件夹之外的文件, 已拒收。", archive_too_large: "解开后过大, 已拒收。", too_many_cells: "表格之外很远处还有内容, 占用过大, 请删除多余的行和列。", too_many_rows: "行数过多, 请分成几个文件。", too_many_closely: "一次最多细读几件, 请分开提交, 或改用速读。",
  bad_workbook: "工作簿读不出来, 请另存为 .xlsx。", bad_encoding: "文件编码读不出来, 请另存为 CSV UTF-8。", empty_file: "文件是空的。", missing_column: "找不到「内容」一列。", duplicate_column: "有两列同名, 请改名。",
  missing_sheet: "工作簿缺一页。", unknown_column: "有一列没有列名。", bad_profile: "城市表有错, 没有保存。", bad_bundle: "模型与城市表不能一起用, 没有启用。", unknown_version: "没有这个版本。", unknown_model: "没有这个模型。", unknown_tag: "没有这个标签, 或您的角色不能看。",
  bad_host: "本服务不接受用这个名称访问。", bad_oidc: "统一身份认证的回应无法核实, 没有登录。", no_oidc: "统一身份认证现在连不上。", no_account: "本系统没有与您对应的可用账号。", subject_taken: "这个用户标识已绑定别的账号, 请先在那里解除。",
  town_needed: "还不知道在哪个镇街, 先问清再派单。",
  bad_csrf: "页面已过期, 请重新载入。", unknown_suggestion: "这条建议已不在, 请重新载入。", unknown_account: "没有这个账号。", unknown_token: "没有这个令牌。",
  unknown_batch: "没有这一批。", unknown_job: "没有这个任务, 可能已过期清除。", too_many_jobs: "您未完成的任务已满, 请等一个做完或先取消。", key_reused: "同一个编号已用于别的内容, 没有保存。",
  not_automatic: "这件不能自动派单, 请由人决定。", no_such_profile: "模型所用的城市表不在本机, 没有启用。", unknown_role: "没有这个角色。", bad_cursor: "翻页位置已失效, 请从头载入。",
  unknown_code: "单位、镇街、事项或理由的代码不存在。", bad_body: "有一项填写不对。", nul_byte: "文字里有不能识别的字节。", bad_value: "有一项填写不对。",
};
const WEAK = { length: "长度不合规则", same: "不同的字符太少", kinds: "字符种类太少", name: "含有账号名" };
const AGAIN = new Set(["offline", "busy", "no_store", "not_ready", "bad_gateway", "service_unavailable", "gateway_timeout"]);

export class Failure extends Error {
  constructor(code, status, told = {}) {
    super(code === "weak_password" && told.fields?.why ? `账号「${told.fields.account}」的密码不符合规则: ${WEAK[told.fields.why]}。` : WORDS[code] || told.message || "服务出错");
    this.code = code;
    this.status = status;
    this.fields = told.fields || {};
    this.problems = told.problems || [];
    this.told = told.message || "";
  }
  /** Whether the same call may succeed later. */
  get passing() {
    return AGAIN.has(this.code) || this.status >= 500;
  }
}

const meta = (name) => document.querySelector(`meta[name="triage-${name}"]`)?.content || "";
/** The day in the city when the page was made: YYYY-MM-DD. */
export const today = () => meta("today");
export const who = meta("who");
export const may = (right) => meta("rights").split(" ").includes(right);
let csrf = meta("csrf");

function online(fine) {
  document.body.classList.toggle("offline", !fine);
  const words = fine ? "" : "离线: 草稿已保留, 自动重试";
  if ($("net") && $("net").textContent !== words) fill($("net"), words);
}

async function once(method, path, body, headers, { signal, keepalive } = {}) {
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method, signal, keepalive, cache: "no-store", headers: { ...(body === undefined ? {} : { "content-type": body instanceof Blob ? "application/octet-stream" : "application/json" }), ...(method === "GET" ? {} : { "x-csrf-token": csrf }), ...headers },
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    online(false);
    throw new Failure("offline", 0);
  }
  online(![502, 503, 504].includes(answer.status));
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Failure(told.error?.code || `http_${answer.status}`, answer.status, told.error);
  return told;
}

/** The answer; raises Failure. Where another window logged in again, the new csrf is fetched once. */
export async function call(method, path, body, more = {}) {
  const { key } = more;
  const headers = key ? { "idempotency-key": key } : {};
  try {
    return await once(method, path, body, headers, more);
  } catch (failure) {
    if (failure.code !== "bad_csrf") throw failure;
    csrf = (await once("GET", "/me", undefined, {})).csrf;
    return once(method, path, body, headers, more);
  }
}

export const get = (path, more) => call("GET", path, undefined, more);
export const post = (path, body = {}, more = {}) => call("POST", path, body, more);

/** Of a period that ends before it begins, what to do; "" of any other failure. */
export function backwards(failure) {
  const [, until, since] = /^until: (\S+) lies before since \((\S+)\)/.exec(failure.told || "") || [];
  return until ? `结束日期 ${until} 早于开始日期 ${since}: 请对调。` : "";
}

export function toLogin() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

let touched = Date.now();
for (const each of ["keydown", "pointerdown"]) addEventListener(each, () => (touched = Date.now()), { passive: true });

/** Calls now and again and again, but not while the window is hidden or nobody is there: asking would keep an idle login alive. */
export function every(seconds, act) {
  act();
  setInterval(() => {
    if (!document.hidden && Date.now() - touched < 300000) act();
  }, seconds * 1000);
}
