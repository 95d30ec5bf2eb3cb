// What the pages of administrators and supervisors share: one way to act, one way to say what went wrong.

import { Failure, toLogin } from "./api.js";
import { problem, toast } from "./dom.js";

/** Does something; tells `words` when it is done. False when it failed: what went wrong then stands on the page. */
export async function doing(act, words = "") {
  try {
    await act();
    problem("");
    if (words) toast(words);
    return true;
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "not_logged_in") toLogin();
    else problem(failure.message);
    return false;
  }
}
