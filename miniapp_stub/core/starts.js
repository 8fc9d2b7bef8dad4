// What this phone's person may start without a task, kept on the phone with its steps, so that it can be begun without signal.

const NAME = 'starts';
const MOST_SUBJECTS = 30;
// 200 KB where a Storage takes two bytes for a character.
const MOST_CHARACTERS = 100000;

/**
 * The kept flows of one phone. `key()` names person, organisation and language: nothing is shown to anybody else, nor in another
 * language. A flow is `{flow, title, subject_kind, template?, subjects?}`; its subjects are those last looked at.
 */
export function createStarts({ vault, api, key }) {
  let asked = null;
  const all = () => {
    const found = vault.get(NAME);
    return found?.key === key() ? found.flows : [];
  };
  const keep = (flows) => save(vault, { key: key(), flows });
  return {
    all,
    forget: () => {
      asked = null;
      vault.forget(NAME);
    },
    /** What a conversation may be begun with when there is no signal, as in templates.js; null where nothing was kept. */
    of: (flow, on) => keptOf(all().find((one) => one.flow === flow), on),
    /** Ask which flows there are, once as long as the app is open. Without signal the earlier ones stay. */
    refresh: async () => {
      const mine = key();
      if (asked === mine) return all();
      const found = await api.flows().catch(() => null);
      if (found && key() === mine) {
        asked = mine;
        keep(found.items.map((one) => ({ ...one, subjects: all().find(({ flow }) => flow === one.flow)?.subjects })));
      }
      return all();
    },
    /** What a flow may be started on: the first page is kept for another time. */
    subjects: async (flow, after = null) => {
      const mine = key();
      const page = await api.subjects(flow, after);
      const subjects = page.items.slice(0, MOST_SUBJECTS);
      if (!after && key() === mine) keep(all().map((one) => (one.flow === flow ? { ...one, subjects } : one)));
      return page;
    },
  };
}

function keptOf(flow, on) {
  if (!flow) return null;
  const { title } = flow;
  if (!on) return flow.template ? { flow: flow.flow, on: null, title, subject: { ref: title }, template: flow.template } : null;
  const found = flow.subjects?.find((one) => one.subject.id === on && one.template);
  return found ? { flow: flow.flow, on, title, subject: found.subject, template: found.template } : null;
}

/** As much as fits: what a flow is started on is the first to go, then everything. */
function save(vault, starts) {
  const tooMuch = JSON.stringify(starts).length > MOST_CHARACTERS;
  const kept = tooMuch ? { ...starts, flows: starts.flows.map(({ subjects, ...one }) => one) } : starts;
  try {
    vault.set(NAME, kept);
  } catch {
    vault.forget(NAME);
  }
}
