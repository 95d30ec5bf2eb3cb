// What every page behind a login has: the way out.

import { Failure, post, who } from "./api.js";
import { $, toast } from "./dom.js";
import { unsent, wipe } from "./draft.js";

$("logout")?.addEventListener("click", async () => {
  if (unsent(who) && !confirm("还有未发出的草稿或派单, 退出会从本机清除。仍要退出吗?")) return;
  try {
    await post("/logout");
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.passing) {
      toast("没有退出: 连不上服务", true);
      return;
    }
  }
  wipe(who);
  location.assign("/login");
});
