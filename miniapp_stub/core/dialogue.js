// One conversation as a person lives it: answers kept before they are sent, corrected, taken back; nothing lost, and
// every "no" of the server shown beside what the person had said. No DOM: the mini-program uses the same.

import { askMeanwhile, continued, droppedTexts, lastAnswered, askOf, opened } from './conversation.js';
import { Problem } from './errors.js';
import { newId } from './ids.js';

const EMPTY = {
  conversation: null, // see conversation.js
  pending: [], // answers without a word from the server yet
  unsent: false, // the last try to send them failed
  busy: false,
  problem: null, // what stopped the last action
  dropped: [], // texts of the steps that a correction took away
  correcting: null, // the step that is answered again
  returned: null, // the server's words about answers it did not take while nobody looked
  drafts: {}, // by step: values the server did not take, to be offered again
};

/**
 * The dialogue behind the conversation screen. `next({steps, answers})` is the interpreter's; `onChange(state)` is called
 * after every change.
 */
export function createDialogue({ api, queue, next, onChange, now = () => new Date() }) {
  const self = { api, queue, next, now, state: EMPTY };
  self.set = (change) => {
    self.state = { ...self.state, ...change };
    onChange(self.state);
  };
  return {
    openTask: (task, id = newId('cnv')) => load(self, () => api.openTask(id, task)),
    open: (id) => load(self, () => api.conversation(id)),
    ask: () => currentAsk(self),
    answer: (value) => answer(self, value),
    correct: (step) => self.set({ correcting: step, problem: null, dropped: [] }),
    keep: () => self.set({ correcting: null }),
    stepBack: () => stepBack(self),
    leave: () => leave(self),
    sendPending: () => sendPending(self),
    state: () => self.state,
  };
}

async function load(self, fetchTurn) {
  self.set({ busy: true, problem: null });
  try {
    const conversation = opened(await fetchTurn());
    const { id } = conversation.turn;
    const pending = self.queue.pending(id);
    self.set({ conversation, pending, unsent: pending.length > 0, busy: false, ...takenBack(self, id) });
    if (pending.length) await sendPending(self);
  } catch (problem) {
    self.set({ problem, busy: false });
  }
}

/** What the server did not take while nobody looked: said now, and offered again. */
function takenBack({ queue }, id) {
  const returned = queue.takeBack(id);
  return returned ? { returned: returned.text || null, drafts: draftsOf(returned.answers) } : {};
}

const draftsOf = (answers) => Object.fromEntries(answers.map((one) => [one.step, one.value]));

/** What the person is asked now: the step being corrected, else the server's ask, else the interpreter's meanwhile. */
function currentAsk({ state, next }) {
  const { conversation, correcting, pending, unsent } = state;
  if (!conversation || conversation.turn.state !== 'asking') return null;
  if (correcting) return askOf(conversation, correcting);
  if (!pending.length) return conversation.turn.ask;
  // While an answer is on its way nothing is asked: its reply brings the next question.
  return unsent ? askMeanwhile(conversation, pending, next) : null;
}

async function answer(self, value) {
  const ask = currentAsk(self);
  const { id, revision } = self.state.conversation.turn;
  self.queue.add(id, revision, { id: newId('ans'), step: ask.step, value, answered_at: self.now().toISOString() });
  self.set({ pending: self.queue.pending(id), correcting: null, dropped: [], drafts: {}, returned: null });
  await sendPending(self);
}

async function sendPending(self) {
  const { id } = self.state.conversation.turn;
  self.set({ busy: true, problem: null });
  const outcome = await self.queue.flush(id);
  const pending = self.queue.pending(id);
  self.queue.takeBack(id);
  const stale = outcome.again || outcome.refused || rewrites(self.state.conversation, outcome);
  if (outcome.turn) taken(self, outcome, pending);
  else if (outcome.refused) refused(self, outcome, pending);
  else self.set({ pending, unsent: pending.length > 0, problem: outcome.kept ?? null });
  if (stale) await reload(self, id);
  self.set({ busy: false });
}

/** A correction changes what was said before, and a turn tells only what is new. */
function rewrites({ answers }, { turn, given }) {
  return Boolean(turn) && (turn.dropped?.length > 0 || given.some((one) => one.step in answers));
}

function taken(self, { turn, given }, pending) {
  const before = self.state.conversation;
  const rejected = given.find((one) => one.id === turn.rejection?.answer);
  self.set({
    conversation: continued(before, turn, given),
    pending,
    unsent: false,
    dropped: droppedTexts(before, turn.dropped ?? []),
    drafts: rejected ? { [rejected.step]: rejected.value } : {},
  });
}

function refused(self, { refused: problem, given }, pending) {
  const { conversation } = self.state;
  self.set({
    conversation: problem.turn ? continued(conversation, problem.turn) : conversation,
    pending,
    unsent: false,
    problem,
    drafts: draftsOf(given),
  });
}

/** Read the whole conversation again; without signal the screen keeps what it has. */
async function reload(self, id) {
  try {
    const turn = await self.api.conversation(id);
    // Neither a rejection nor what was dropped is part of the stored conversation: they stay on the screen.
    const { rejection } = self.state.conversation.turn;
    self.set({ conversation: continued(self.state.conversation, { ...turn, rejection: turn.rejection ?? rejection }) });
  } catch {
    // The next action shows what is wrong.
  }
}

async function stepBack(self) {
  const { conversation } = self.state;
  const step = lastAnswered(conversation);
  const value = conversation.answers[step]?.value;
  const done = await change(self, ({ id, revision }) => self.api.stepBack(id, step, revision));
  if (!done) return;
  self.set({ drafts: { [step]: value } });
  await reload(self, conversation.turn.id);
}

async function leave(self) {
  const left = await change(self, ({ id, revision }) => self.api.leave(id, revision));
  if (left) self.queue.forget(self.state.conversation.turn.id);
}

/** One request that changes the conversation; gives whether it did. A stale one shows the current turn instead. */
async function change(self, request) {
  const { conversation } = self.state;
  self.set({ busy: true, problem: null, dropped: [], correcting: null });
  try {
    self.set({ conversation: continued(conversation, await request(conversation.turn)), busy: false });
    return true;
  } catch (problem) {
    const turn = problem instanceof Problem ? problem.turn : null;
    self.set({ conversation: turn ? continued(conversation, turn) : conversation, problem, busy: false });
    if (turn) await reload(self, turn.id);
    return false;
  }
}
