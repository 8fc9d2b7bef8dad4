// One conversation as a person lives it: answers kept before they are sent, corrected, taken back; nothing lost, and
// every "no" of the server shown beside what the person had said. No DOM: the mini-program uses the same.

import { addressOf, begin } from './beginning.js';
import { askMeanwhile, begun, continued, droppedTexts, lastAnswered, askOf, opened } from './conversation.js';
import { NoAnswer, Problem } from './errors.js';
import { newId } from './ids.js';
import { MOVED_ON } from './queue.js';

const EMPTY = {
  conversation: null, // see conversation.js
  pending: [], // answers without a word from the server yet
  unsent: false, // the last try to send them failed
  busy: false,
  problem: null, // what stopped the last action
  dropped: [], // texts of the steps that a correction took away
  correcting: null, // the step that is answered again
  retaking: null, // `{photo}` of it that is to be taken again at once
  returned: null, // the server's words about answers it did not take while nobody looked
  movedOn: false, // the task is not what it was when its answers were given without signal: they were not sent
  drafts: {}, // by step: values the server did not take, to be offered again
};

/**
 * The dialogue behind the conversation screen. `next({steps, answers})` is the interpreter's; `onChange(state)` is called
 * after every change. `templates` and `starts` let it begin without signal, `remembered` lets it go on (see there); without them
 * it needs the signal. `onLeft(id)` is told when its person has left it.
 */
export function createDialogue(parts) {
  const { api, queue, next, onChange, templates = null, starts = null, remembered = null, onLeft = () => {}, now = () => new Date() } = parts;
  const kept = ({ task, flow, on }) => (task ? templates?.of(task) : starts?.of(flow, on)) ?? null;
  const self = { api, queue, next, kept, remembered, onLeft, now, state: EMPTY, address: null, etag: null };
  self.set = (change) => {
    const { conversation } = change;
    if (conversation && !conversation.begun && !conversation.remembered) remembered?.keep(self.address, conversation);
    self.state = { ...self.state, ...change };
    onChange(self.state);
  };
  return {
    openTask: (task) => beginFor(self, { task }),
    /** Start a flow without a task; `on` is the id of what it is started on, if anything. */
    start: (flow, on = null) => beginFor(self, { flow, on }),
    open: (id) => load(self, () => api.conversation(id), null, id),
    ask: () => currentAsk(self),
    answer: (value) => answer(self, value),
    /** Answer a step again; `photo` is the one of it that the person wants to take again. */
    correct: (step, photo = null) => self.set({ correcting: step, retaking: photo && { photo }, problem: null, dropped: [] }),
    keep: () => self.set({ correcting: null, retaking: null }),
    stepBack: () => stepBack(self),
    leave: () => leave(self),
    sendPending: () => sendPending(self),
    /** Look whether the server has news of it; gives whether it had. */
    refresh: () => refresh(self),
    state: () => self.state,
  };
}

/** The server's conversation of a task, or of what somebody starts; without signal one from what the phone has kept. */
async function beginFor(self, what) {
  const waiting = self.queue.begunFor(what);
  if (waiting) return openBegun(self, waiting.id, waiting.begun);
  await loadAnew(self, what);
  const kept = self.state.problem instanceof NoAnswer ? self.kept(what) : null;
  // Never under the id just tried: should that have arrived, it may stand for a newer version than the one kept here.
  return kept && openBegun(self, newId('cnv'), kept);
}

const loadAnew = (self, what) => load(self, () => begin(self.api, newId('cnv'), what), addressOf(what));

async function openBegun(self, id, kept) {
  const pending = self.queue.pending(id);
  self.set({ ...EMPTY, conversation: begun(id, kept, self.next), pending, unsent: pending.length > 0 });
  if (pending.length) await sendPending(self);
}

/**
 * Show a conversation as the server has it. `address` is the other one under which answers may have come back. Without signal:
 * as this phone remembers it.
 */
async function load(self, fetchTurn, address = null, id = null) {
  self.set({ busy: true, problem: null });
  self.address = address;
  try {
    await show(self, opened(await fetchTurn()), address);
  } catch (problem) {
    const kept = problem instanceof NoAnswer ? self.remembered?.of(address ?? id) : null;
    if (kept) return show(self, { ...kept, remembered: true }, address);
    // A no for good: there is nothing left that the answers could be given to.
    if (problem instanceof Problem && !problem.passing && problem.status !== 401) self.queue.takeBack(address);
    self.set({ problem, busy: false });
  }
  return undefined;
}

async function show(self, conversation, address) {
  const { id } = conversation.turn;
  const pending = self.queue.pending(id);
  const back = self.queue.takeBack(id) ?? self.queue.takeBack(address);
  self.set({ conversation, pending, unsent: pending.length > 0, busy: false, ...takenBack(back) });
  if (pending.length) await sendPending(self);
}

/** What the server did not take while nobody looked: said now, and offered again. */
function takenBack(back) {
  if (!back) return {};
  return { returned: back.text || null, movedOn: back.code === MOVED_ON, drafts: draftsOf(back.answers) };
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
  const { turn: { id, revision }, begun: kept } = self.state.conversation;
  self.queue.add(id, revision, { id: newId('ans'), step: ask.step, value, answered_at: self.now().toISOString() }, kept);
  self.set({ pending: self.queue.pending(id), correcting: null, retaking: null, dropped: [], drafts: {}, returned: null, movedOn: false });
  await sendPending(self);
}

async function sendPending(self) {
  const { id } = self.state.conversation.turn;
  self.set({ busy: true, problem: null });
  const outcome = await self.queue.flush(id);
  const pending = self.queue.pending(id);
  if (outcome.refused?.code === MOVED_ON) return movedOn(self, outcome);
  self.queue.takeBack(id);
  const stale = isStale(self.state.conversation, outcome);
  if (outcome.turn) taken(self, outcome, pending);
  else if (outcome.refused) refused(self, outcome, pending);
  else self.set({ pending, unsent: pending.length > 0, problem: outcome.kept ?? null });
  if (stale) await reload(self, id);
  return self.set({ busy: false });
}

/** Does the screen know less than the server after this? Nobody knows without signal. */
function isStale(conversation, outcome) {
  if (outcome.kept || conversation.turn.state === 'left') return false;
  return outcome.again || outcome.refused || conversation.begun || conversation.remembered || rewrites(conversation, outcome);
}

/** Show what stands now instead of what was begun without signal; what was said is offered again, and not sent. */
async function movedOn(self, { refused: { turn }, given }) {
  const { begun: what } = self.state.conversation;
  self.set({ ...EMPTY, movedOn: true, drafts: draftsOf(given) });
  if (!turn) return loadAnew(self, what);
  self.queue.takeBack(turn.id);
  return self.set({ conversation: opened(turn) });
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
    unsent: pending.length > 0,
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

async function refresh(self) {
  const { conversation, busy } = self.state;
  if (busy || !conversation || conversation.begun) return false;
  const { etag, data } = await self.api.conversationSince(conversation.turn.id, self.etag);
  if (!data || self.state.busy) return false;
  self.etag = etag;
  const { rejection } = self.state.conversation.turn;
  self.set({ conversation: continued(self.state.conversation, { ...data, rejection: data.rejection ?? rejection }), problem: null });
  return true;
}

async function stepBack(self) {
  const { conversation } = self.state;
  if (conversation.begun) return takeLastBack(self);
  const step = lastAnswered(conversation);
  const value = conversation.answers[step]?.value;
  const done = await change(self, ({ id, revision }) => self.api.stepBack(id, step, revision));
  if (!done) return undefined;
  self.set({ drafts: { [step]: value } });
  return reload(self, conversation.turn.id);
}

/** Without signal only what was not sent yet can be taken back. */
function takeLastBack(self) {
  const { id } = self.state.conversation.turn;
  const last = self.queue.takeLast(id);
  const pending = self.queue.pending(id);
  if (last) self.set({ pending, unsent: pending.length > 0, problem: null, drafts: { [last.step]: last.value } });
}

async function leave(self) {
  const { conversation } = self.state;
  if (conversation.begun && !self.queue.told(conversation.turn.id)) return forget(self, conversation);
  const left = await change(self, ({ id, revision }) => self.api.leave(id, revision));
  if (!left) return;
  self.queue.forget(conversation.turn.id);
  self.onLeft(conversation.turn.id);
}

/** Leave what the server has not heard of. */
function forget(self, conversation) {
  self.queue.forget(conversation.turn.id);
  self.onLeft(conversation.turn.id);
  const turn = { ...conversation.turn, state: 'left', ask: null };
  self.set({ conversation: { ...conversation, turn }, pending: [], unsent: false, problem: null });
}

/** One request that changes the conversation; gives whether it did. A stale one shows the current turn instead. */
async function change(self, request) {
  const { conversation } = self.state;
  self.set({ busy: true, problem: null, dropped: [], correcting: null, retaking: null });
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
