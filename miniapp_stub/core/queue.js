// Answers on their way to the server. Each is kept on the phone before it is sent and forgotten only when the server
// has said what became of it: a lost response, a dead battery or a cold store without signal loses nothing.

import { Problem } from './errors.js';

/**
 * The queue of one phone. `owner()` names person and organisation: what one person answered is never sent as another.
 *
 * An entry is `{revision, sent, waiting}` per conversation. A batch whose response got lost stays in `sent` and is
 * repeated exactly as it was, so that the server recognises its ids; what was answered since follows as the next batch.
 */
export function createQueue({ vault, api, owner }) {
  const box = shelf(vault, () => `queue/${owner()}`);
  const returned = shelf(vault, () => `returned/${owner()}`);
  let running = Promise.resolve();
  return {
    add: (conversation, revision, answer) => add(box, conversation, revision, answer),
    pending: (conversation) => everything(box.all()[conversation]),
    conversations: () => Object.keys(box.all()),
    count: () => Object.values(box.all()).reduce((sum, entry) => sum + everything(entry).length, 0),
    forget: (conversation) => put(box, conversation, null),
    /** Conversations whose answers the server did not take, until somebody looks at them. */
    returned: () => Object.keys(returned.all()),
    /** What came back of one conversation, once: `{answers, text}` with the server's words, null when nothing did. */
    takeBack: (conversation) => takeOut(returned, conversation),
    /** Send what waits for one conversation, one caller at a time; gives what became of it (see `drain`). */
    flush: (conversation) => {
      running = running.then(() => drain({ box, returned }, api, conversation));
      return running;
    },
  };
}

function shelf(vault, name) {
  return { all: () => vault.get(name()) ?? {}, save: (entries) => vault.set(name(), entries) };
}

function takeOut(returned, conversation) {
  const { [conversation]: found = null, ...others } = returned.all();
  if (found) returned.save(others);
  return found;
}

const everything = (entry) => (entry ? [...(entry.sent ?? []), ...entry.waiting] : []);

function put(box, conversation, entry) {
  const entries = box.all();
  if (entry && everything(entry).length) entries[conversation] = entry;
  else delete entries[conversation];
  box.save(entries);
}

/** Keep an answer; `revision` is what its giver saw. A newer, unsent answer to the same step takes the older one's place. */
function add(box, conversation, revision, answer) {
  const entry = box.all()[conversation] ?? { revision, sent: null, waiting: [] };
  const waiting = entry.waiting.filter((earlier) => earlier.step !== answer.step);
  put(box, conversation, { ...entry, waiting: [...waiting, answer] });
}

/**
 * Send until nothing waits. Gives `{turn, given, again}` when all was looked at (`again`: some of it had been sent before,
 * so the turn may not carry all messages); `{kept: error}` when nobody answered and all stays; `{refused, given}` when the
 * server said no for good. What the server did not take leaves the queue and lies ready in `takeBack`.
 */
async function drain({ box, returned }, api, conversation) {
  let outcome = { turn: null, given: [], again: false };
  for (let entry = box.all()[conversation]; entry; entry = box.all()[conversation]) {
    const again = outcome.again || entry.sent !== null;
    const batch = entry.sent ?? entry.waiting;
    if (!entry.sent) put(box, conversation, { ...entry, sent: batch, waiting: [] });
    try {
      const turn = await api.answer(conversation, entry.revision, batch);
      outcome = { turn, given: [...outcome.given, ...batch], again };
      handBack(returned, conversation, batch.filter((one) => one.id === turn.rejection?.answer), turn.rejection?.text);
      settle(box, conversation, turn.revision);
    } catch (error) {
      return failed({ box, returned }, conversation, error, outcome.given);
    }
  }
  return outcome;
}

function settle(box, conversation, revision) {
  const entry = box.all()[conversation];
  put(box, conversation, { revision, sent: null, waiting: entry?.waiting ?? [] });
}

function failed({ box, returned }, conversation, error, given) {
  const stays = !(error instanceof Problem) || error.passing || error.status === 401;
  if (stays) return { kept: error, given };
  const answers = everything(box.all()[conversation]);
  handBack(returned, conversation, answers, error.detail);
  put(box, conversation, null);
  return { refused: error, given: answers };
}

function handBack(returned, conversation, answers, text) {
  if (!answers.length) return;
  const before = returned.all();
  const earlier = before[conversation]?.answers ?? [];
  returned.save({ ...before, [conversation]: { answers: [...earlier, ...answers], text } });
}

/** Send what waits for every conversation but the one on the screen, which sends for itself. */
export async function sendOthers(queue, onScreen = null) {
  for (const conversation of queue.conversations()) {
    if (conversation !== onScreen) await queue.flush(conversation);
  }
}
