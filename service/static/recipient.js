// Whom the request goes to: the first candidate, or the one that somebody picked; and what to tell where an answer changes that.

/** How long keys wait after an answer changed what they do, in milliseconds: one on its way was meant for what was read before. */
const LOOK = 600;

export const key = (unit) => (unit ? `${unit.code}/${unit.area || ""}` : "");
export const closely = (shown) => !!shown?.versions?.model?.endsWith("+close");
export const reading = (shown) => (closely(shown) ? "细读" : "速读");
export const unit = (state) => state.shown?.units[state.chosen];

/** Nobody picked and nothing was read yet: of another request, or once a question is answered. */
export const none = () => ({ picked: null, meant: null, hint: "", rows: [], send: 0, pick: 0, click: 0 });

/** Somebody picked the candidate at `index`: it stays the choice whatever later answers say. */
export function pick(state, index) {
  state.chosen = index;
  state.sure = "";
  state.choice = { ...none(), picked: unit(state), meant: unit(state) };
}

/** Puts an answer (or null) on screen. A picked unit that it does not name stays, as a last row; another change is told, and keys wait for it. */
export function settle(state, found) {
  const last = state.shown;
  if (!found) state.choice = none();
  const { choice } = state, { picked, meant } = choice;
  const units = found?.units || [];
  const at = picked ? units.findIndex((each) => key(each) === key(picked)) : 0;
  state.shown = at < 0 ? { ...found, units: [...units, { ...picked, reasons: [], left: true }] } : found;
  state.chosen = at < 0 ? units.length : at;
  choice.meant = unit(state);
  choice.hint = picked ? advised(found, picked) : meant ? changed(last, found, meant) : "";
  if (state.sure !== key(choice.meant)) state.sure = "";
  if (meant) pause(choice, last?.units || [], state.shown?.units || [], meant);
}

/** What a close answer would have said first, had nobody picked. */
const advised = (found, picked) => (closely(found) && found.units.length && key(found.units[0]) !== key(picked) ? `细读建议: ${found.units[0].name}` : "");

/** Words for another first unit; while somebody types it changes often, and only a change of the reading is worth them. */
function changed(last, found, meant) {
  const now = found?.units[0];
  if (!now || key(now) === key(meant) || closely(last) === closely(found)) return "";
  return `${reading(found)}改为 ${now.name} (${reading(last)}: ${meant.name})`;
}

/** Lets keys wait for somebody's next look. */
export const hold = (state) => (state.choice.send = performance.now() + LOOK);

/** The rows stand elsewhere now. */
export const shift = (state) => (state.choice.click = performance.now() + LOOK);
/** Why a click does nothing right now, or "": it was meant for what stood there before. */
export const shifted = (state) => (performance.now() < state.choice.click ? "页面刚有变化, 没有选中: 看过再点" : "");

function pause(choice, before, now, meant) {
  const until = performance.now() + LOOK;
  if (key(meant) !== key(choice.meant)) choice.send = until;
  if (before.map(key).join() !== now.map(key).join()) Object.assign(choice, { rows: before.map(key), pick: until });
}

/** Why nothing goes out right now, or "". */
export const waits = (state) => (state.shown && performance.now() < state.choice.send ? `${reading(state.shown)}刚有变化, 现为 ${unit(state)?.name}, 没有派出: 看过再派` : "");
/** Why the candidate at `index` cannot be picked right now, or "": another one stood there. */
export const moved = (state, index) => (state.shown && performance.now() < state.choice.pick && state.choice.rows[index] !== key(state.shown.units[index]) ? "候选刚变, 没有选中: 看过再选" : "");
