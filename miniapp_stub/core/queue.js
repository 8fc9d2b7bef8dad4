// Answers on their way to the server. Each is kept on the phone before it is sent and forgotten only when the server
// has said what became of it: a lost response, a dead battery or a cold store without signal loses nothing.

import { addressOf, begin as beginWith } from './beginning.js';
import { Problem } from './errors.js';

/** The code of a refusal because a task has moved on since its conversation was begun without signal. */
export const MOVED_ON = 'moved_on';

/**
 * The queue of one phone. `owner()` names person and organisation: what one person answered is never sent as another.
 *
 * An entry is `{revision, sent, waiting, begun}` per conversation. A batch whose response got lost stays in `sent` and is
 * repeated exactly as it was, so that the server recognises its ids; what was answered since follows as the next batch.
 * `begun` is what a conversation begun without signal was made of (see templates.js), `told` once the server has it.
 * An answer goes out once `isSafe(answer)`: what it names (photos) has arrived. Until then it and all after it wait, and no
 * other conversation does; `ready()` sees to it that this can be said. `onTold(conversation)` is called when the server has heard of one that was begun without signal.
 */
export function createQueue({ vault, api, owner, isSafe = () => true, ready = async () => {}, onTold = () => {} }) {
  const box = shelf(vault, () => `queue/${owner()}`);
  const returned = shelf(vault, () => `returned/${owner()}`);
  let running = Promise.resolve();
  return {
    add: (conversation, revision, answer, begun = null) => add(box, conversation, revision, answer, begun),
    /** `{id, begun}` of the conversation with unsent answers that was begun without signal for the same, else null. */
    begunFor: (what) => begunFor(box.all(), what),
    /** May the server know of this conversation's answers or of itself? */
    told: (conversation) => isTold(box.all()[conversation]),
    /** Take the newest answer back that was not sent yet; null when there is none. */
    takeLast: (conversation) => takeLast(box, conversation),
    pending: (conversation) => everything(box.all()[conversation]),
    conversations: () => Object.keys(box.all()),
    count: () => Object.values(box.all()).reduce((sum, entry) => sum + everything(entry).length, 0),
    forget: (conversation) => put(box, conversation, null),
    /** Conversations (or `task/…` and `start/…`, where there is none) whose answers the server did not take, until somebody looks at them. */
    returned: () => Object.keys(returned.all()),
    /** What came back of one of them, once: `{answers, text, code}` with the server's words, null when nothing did. */
    takeBack: (conversation) => takeOut(returned, conversation),
    /** Send what waits for one conversation, one caller at a time; gives what became of it (see `drain`). */
    flush: (conversation) => {
      running = running.then(ready).then(() => drain({ box, returned, isSafe, onTold }, api, conversation));
      return running;
    },
    /** Is there an answer that could go out now? */
    isReady: (conversation) => everything(box.all()[conversation]).slice(0, 1).some(isSafe),
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
function add(box, conversation, revision, answer, begun) {
  const entry = box.all()[conversation] ?? { revision, sent: null, waiting: [], begun };
  const waiting = entry.waiting.filter((earlier) => earlier.step !== answer.step);
  put(box, conversation, { ...entry, waiting: [...waiting, answer] });
}

function begunFor(entries, what) {
  const address = addressOf(what);
  const found = Object.entries(entries).find(([, entry]) => entry.begun && addressOf(entry.begun) === address);
  return found ? { id: found[0], begun: found[1].begun } : null;
}

const isTold = (entry) => Boolean(entry && (entry.sent || !entry.begun || entry.begun.told));

function takeLast(box, conversation) {
  const entry = box.all()[conversation];
  const last = entry?.waiting[entry.waiting.length - 1] ?? null;
  if (last) put(box, conversation, { ...entry, waiting: entry.waiting.slice(0, -1) });
  return last;
}

/**
 * Tell the server of a conversation that was begun without signal. Its answers stand for what its person had read: where
 * the server has something else by now (a colleague's conversation, another version, nothing), throws `moved_on`.
 */
async function begin({ box, onTold }, api, conversation) {
  const begun = box.all()[conversation]?.begun;
  if (!begun || begun.told) return;
  const turn = await beginWith(api, conversation, begun, begun.template.id).catch((error) => {
    throw stays(error) ? error : movedOn(error.turn);
  });
  const entry = box.all()[conversation];
  if (!entry || isTold(entry)) return; // by another window of the same phone, which may have sent the answers too
  if (turn.id !== conversation || turn.state !== 'asking') throw movedOn(turn);
  put(box, conversation, { ...entry, begun: { ...begun, told: true } });
  onTold(conversation);
}

const movedOn = (turn) => new Problem(409, { code: MOVED_ON, turn });

/** Where answers that were not taken are found again: with the conversation that stands now, else where it was begun. */
function placeOf(conversation, begun, { code, turn }) {
  if (code !== MOVED_ON) return conversation;
  return turn ? (turn.superseded_by ?? turn.id) : addressOf(begun);
}

/**
 * Send until nothing waits, or nothing that may go out yet. Gives `{turn, given, again}` when all was looked at (`again`: some
 * of it had been sent before, so the turn may not carry all messages; `turn` null where nothing could go out); `{kept: error}`
 * when nobody answered and all stays; `{refused, given}` when the server said no for good. What the server did not take leaves
 * the queue and lies ready in `takeBack`.
 */
async function drain({ box, returned, isSafe, onTold }, api, conversation) {
  let outcome = { turn: null, given: [], again: false };
  try {
    await begin({ box, onTold }, api, conversation);
  } catch (error) {
    return failed({ box, returned }, conversation, error, []);
  }
  for (let entry = box.all()[conversation]; entry; entry = box.all()[conversation]) {
    const again = outcome.again || entry.sent !== null;
    const batch = entry.sent ?? goingOut(entry.waiting, isSafe);
    if (!batch.length) break;
    if (!entry.sent) put(box, conversation, { ...entry, sent: batch, waiting: entry.waiting.slice(batch.length) });
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

/** The answers before the first that names what has not arrived: their order is kept. */
function goingOut(waiting, isSafe) {
  const held = waiting.findIndex((answer) => !isSafe(answer));
  return held < 0 ? waiting : waiting.slice(0, held);
}

function settle(box, conversation, revision) {
  const entry = box.all()[conversation];
  put(box, conversation, { ...entry, revision, sent: null, waiting: entry?.waiting ?? [] });
}

function failed({ box, returned }, conversation, error, given) {
  if (stays(error)) return { kept: error, given };
  const entry = box.all()[conversation];
  const answers = everything(entry);
  handBack(returned, placeOf(conversation, entry?.begun, error), answers, error.detail, error.code);
  put(box, conversation, null);
  return { refused: error, given: answers };
}

/** Nobody answered, or not for good: all is kept and tried again. */
const stays = (error) => !(error instanceof Problem) || error.passing || error.status === 401;

function handBack(returned, conversation, answers, text, code = null) {
  if (!answers.length) return;
  const before = returned.all();
  const earlier = before[conversation]?.answers ?? [];
  returned.save({ ...before, [conversation]: { answers: [...earlier, ...answers], text, code } });
}

/**
 * The app's ear for a phone that has signal again or wakes: `wake()` sends what waits at once, wherever its person is.
 * A screen that shows what becomes of it sends in its own way while it is open: `attend(send)` gives the way to end that.
 */
export function createSender(queue) {
  let own = null;
  return {
    wake: () => (own ? own() : sendOthers(queue)),
    attend: (send) => {
      own = send;
      return () => {
        if (own === send) own = null;
      };
    },
  };
}

/** Send what waits for every conversation but the one on the screen, which sends for itself. */
export async function sendOthers(queue, onScreen = null) {
  for (const conversation of queue.conversations()) {
    if (conversation !== onScreen) await queue.flush(conversation);
  }
}
