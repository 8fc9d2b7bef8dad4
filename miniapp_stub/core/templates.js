// What lets a conversation begin without signal: the steps of the tasks that were last on the screen, kept on the phone.

const NAME = 'templates';
const MOST_TASKS = 30;
// 300 KB where a Storage takes two bytes for a character.
const MOST_CHARACTERS = 150000;

/**
 * The kept templates of one phone. `key()` names person, organisation and language: nothing is shown to anybody else, nor
 * in another language. A kept one is `{task, title, subject, template: {id, steps}}`.
 */
export function createTemplates({ vault, api, key }) {
  const kept = () => {
    const found = vault.get(NAME);
    return found?.key === key() ? found : null;
  };
  return {
    of: (task) => kept()?.tasks.find((one) => one.task === task) ?? null,
    forget: () => vault.forget(NAME),
    /** Ask once for every new inbox, which `etag` names. Without signal the earlier ones stay. */
    refresh: async (etag) => {
      const mine = key();
      if (!etag || kept()?.etag === etag) return;
      const inbox = await api.inboxWithSteps().catch(() => null);
      // Whoever signed out meanwhile leaves nothing behind.
      if (inbox && key() === mine) save(vault, { key: mine, etag, tasks: bounded(inbox.tasks) });
    },
  };
}

/** The first tasks that have a template, most urgent first, as many as may be kept. */
function bounded(tasks) {
  const kept = [];
  let size = 0;
  for (const { id, title, subject, template } of tasks.slice(0, MOST_TASKS).filter((task) => task.template)) {
    const one = { task: id, title, subject, template };
    size += JSON.stringify(one).length;
    if (size > MOST_CHARACTERS) break;
    kept.push(one);
  }
  return kept;
}

function save(vault, templates) {
  try {
    vault.set(NAME, templates);
  } catch {
    // A full phone: templates are a convenience, answers need the room.
    vault.forget(NAME);
  }
}
