// The inbox as a phone knows it: the first page kept and asked again cheaply, later pages as long as the app is open.

import { sendOthers } from './queue.js';

/** The inbox of one phone. `shown()` is `{tasks, notices, next}`, null when this phone never saw one. */
export function createInbox({ vault, api, queue, session, language }) {
  const name = () => `inbox/${session.owner()}`;
  const first = () => vault.get(name());
  // Later pages follow exactly one first page: where that one ends elsewhere now, a task could be in neither.
  const mark = () => `${name()}/${language()}/${first()?.data.next}`;
  let later = null;
  const shown = () => {
    const page = first()?.data ?? null;
    return page && later?.mark === mark() ? joined(page, later) : page;
  };
  return {
    shown,
    etag: () => first()?.etag ?? null,
    /** One look: first send what waits, since it changes the list. Gives the new inbox, or null when it is as before. */
    look: async () => {
      await sendOthers(queue);
      const answer = await api.inbox(first()?.etag);
      if (!answer.data) return null;
      vault.set(name(), answer);
      return shown();
    },
    /** The inbox with its next page. */
    more: async () => {
      const [before, follows] = [later?.mark === mark() ? later.tasks : [], mark()];
      const page = await api.inboxAfter(shown().next);
      later = { mark: follows, tasks: [...before, ...page.tasks], next: page.next };
      return shown();
    },
  };
}

/** A task that has moved up meanwhile stands once, where it is now. */
function joined(page, later) {
  const ids = new Set(page.tasks.map((task) => task.id));
  return { ...page, tasks: [...page.tasks, ...later.tasks.filter((task) => !ids.has(task.id))], next: later.next };
}
