// What may happen to a stored request beside being dispatched: sent back, settled, closed, unmasked, taken over.

import { may, post, who } from "./api.js";
import * as dialogs from "./dialogs.js";
import { make, toast } from "./dom.js";
import { fresh } from "./draft.js";

/** `state` is the workbench's; `can(action)` whether the request allows it, `guarded(act)` shows what went wrong, `show(id)` loads again. */
export function acts(state, { can, guarded, show }) {
  async function refuse() {
    if (!can("refuse") || !may("request.refuse")) return toast(noRefusal(), true);
    const told = await dialogs.ask("退单", { label: "说明", least: 0, choice: "退单原因", choices: (state.profile?.refusal_reasons || []).map((each) => [each.reason, each.reason]), ok: "退单" });
    if (told) await act("refusals", { reason: told.choice, note: told.words }, "已退单");
  }

  function noRefusal() {
    const { request } = state;
    if (!request) return "先打开一件已派单的诉求, 再退单";
    if (!may("request.refuse")) return "您的角色不能退单";
    return ["new", "returned"].includes(request.state) ? `${request.state_name}, 还没有派给单位, 不能退单` : `${request.state_name}, 不能退单`;
  }

  async function final() {
    if (!can("final")) return;
    await act("final", {}, "已定责");
  }

  async function close() {
    if (!can("close")) return;
    const told = await dialogs.ask("关闭 (不派给任何单位)", { ok: "关闭" });
    if (told) await act("decisions", { action: "close", reason: told.words }, "已关闭");
  }

  async function act(path, more, words) {
    const { id, version } = state.request;
    await guarded(async () => {
      await post(`/requests/${id}/${path}`, { version, ...more }, { key: `${path}-${id}-${version}-${fresh().key}` });
      toast(words);
      await show(id);
    });
  }

  async function unmask() {
    if (!state.request || !may("request.unmask")) return;
    const told = await dialogs.ask("看原文和来电人", { note: "会记入审计。", ok: "查看" });
    if (!told) return;
    await guarded(async () => {
      const found = await post(`/requests/${state.request.id}/unmask`, { what: ["text", "contact"], reason: told.words });
      const { name, phone, address, note } = found.contact;
      dialogs.tell("原文", make("p", { class: "words" }, found.title ? `${found.title}\n` : "", found.text), make("p", {}, "来电人: ", [name, phone, address, note].filter(Boolean).join(" · ") || "未登记"));
    });
  }

  async function seize() {
    const { request } = state;
    if (request && request.owner && request.owner !== who && can("claim")) await guarded(async () => {
      await post(`/requests/${request.id}/claim`, { version: request.version }, { key: `claim-${request.id}-${request.version}-${who}` });
      await show(request.id);
    });
  }

  return { refuse, final, close, unmask, seize };
}
