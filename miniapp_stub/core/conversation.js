// What a phone knows of one conversation: the last turn, and what earlier turns told (CONTRACT §3). Pure, no I/O.

import { idsIn } from './photos.js';

const MOST_FACTS = 20;

/** A conversation as its whole turn shows it (POST conversations and GET carry steps, answers and all messages). */
export function opened(turn) {
  return remember({
    turn,
    steps: turn.steps ?? [],
    answers: turn.answers ?? {},
    messages: turn.messages ?? [],
    photos: turn.photos ?? {},
    asks: {},
  });
}

/**
 * A conversation begun without signal, from what this phone kept of its task (see templates.js): the same as a turn of
 * the server, without its live data. `begun` stays with it until the server has heard of it.
 */
export function begun(id, kept, next) {
  const { title, subject, template } = kept;
  const notes = template.steps.filter((step) => step.kind === 'note' && !step.when);
  const conversation = opened({
    id, state: 'asking', revision: 0, title, subject: { ...subject, card: cardOf(kept) }, steps: template.steps, ask: null,
    messages: notes.map(({ step, text }) => ({ from: 'partnerline', step, text })),
  });
  const ask = askMeanwhile(conversation, [], next);
  return { ...remember({ ...conversation, turn: { ...conversation.turn, ask } }), begun: kept };
}

/** What it is about, from the rows that the steps ask about: without signal nothing else is known. */
function cardOf({ subject, template }) {
  const rows = template.steps.flatMap((step) => step.constraints?.rows ?? []);
  const facts = rows.slice(0, MOST_FACTS).map((row) => [row.text, (row.facts ?? []).map(([, value]) => value).join(' · ')]);
  return { title: subject.ref, facts };
}

/** The conversation after one more turn. `given` are the answers that the turn replies to. */
export function continued(conversation, turn, given = []) {
  if (turn.steps) return remember({ ...opened(turn), asks: conversation.asks });
  return remember({
    ...conversation,
    begun: null,
    remembered: false,
    turn,
    photos: { ...conversation.photos, ...turn.photos },
    answers: answersAfter(conversation.answers, turn, given),
    messages: [...conversation.messages, ...(turn.messages ?? [])],
  });
}

function answersAfter(before, turn, given) {
  const stored = new Set(turn.stored ?? []);
  const dropped = new Set(turn.dropped ?? []);
  const kept = Object.entries(before).filter(([step]) => !dropped.has(step));
  const added = given.filter((answer) => stored.has(answer.id)).map((answer) => [answer.step, answer]);
  return Object.fromEntries([...kept, ...added]);
}

/** A live part is only in the ask that showed it: kept, so that the step can be corrected with what it had shown. */
function remember(conversation) {
  const { ask } = conversation.turn;
  return ask ? { ...conversation, asks: { ...conversation.asks, [ask.step]: ask } } : conversation;
}

/** The photos that nobody has looked at yet: received, and in an answer or just taken (`safe` are the ids of those). */
export function unchecked({ answers, photos }, safe = []) {
  const named = Object.values(answers).flatMap((answer) => idsIn(answer.value));
  return [...new Set([...named, ...safe])].filter((id) => (photos[id]?.state ?? 'received') === 'received');
}

/** How a step was last asked, null when this phone cannot ask it again. */
export function askOf(conversation, step) {
  return conversation.asks[step] ?? conversation.steps.find((one) => one.step === step) ?? null;
}

/** May this phone give the answer to `step` again? */
export function correctable(conversation, step) {
  return conversation.turn.state === 'asking' && step in conversation.answers && askOf(conversation, step) !== null;
}

/** The step that was answered last in the order of the steps: what "step back" takes away. Null when none was. */
export function lastAnswered(conversation) {
  const order = conversation.steps.map((step) => step.step);
  const answered = Object.keys(conversation.answers).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return answered.pop() ?? null;
}

/** The ask while answers wait for signal: what `next({steps, answers})` finds, in the form it takes without the server. */
export function askMeanwhile(conversation, waiting, next) {
  const answers = { ...conversation.answers };
  for (const answer of waiting) answers[answer.step] = answer;
  const step = next({ steps: conversation.steps, answers });
  return step ? { ...step, text: step.offline_text ?? step.text } : null;
}

/** The questions whose answers a correction took away, as the person saw them asked. */
export function droppedTexts(conversation, dropped) {
  return dropped.map((step) => askOf(conversation, step)?.text).filter(Boolean);
}
