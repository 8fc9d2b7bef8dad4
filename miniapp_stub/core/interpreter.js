// The flow engine on the phone: what to ask next and what an answer changes, without signal. The twin of
// workflows/engine (its docstrings give the reasons); a test holds the two together on random flows and answers.
// Works on steps in one language. No DOM, no wx.

import { has, isRecord, KINDS, Refused } from './interpreter_inputs.js';

const PARTNERLINE = 'partnerline';
const STANDS_FOR_WHAT_WAS_SHOWN = new Set(['confirm', 'signature']);

/** Does the step belong to the conversation, given `{step: {value}}`? */
export function applies(step, answers) {
  return !step.when || holds(step.when, answers);
}

function holds(test, answers) {
  if (test.all) return test.all.every((part) => holds(part, answers));
  if (test.any) return test.any.some((part) => holds(part, answers));
  if (test.not) return !holds(test.not, answers);
  const isAnswered = has(answers, test.step);
  if ('answered' in test) return isAnswered === test.answered;
  if (!isAnswered) return false;
  const { value } = answers[test.step];
  if (!test.in) return Array.isArray(value) && value.includes(test.has);
  if (test.column === undefined) return test.in.includes(value);
  const rows = isRecord(value) ? Object.values(value).filter(isRecord) : [];
  return rows.some((row) => has(row, test.column) && test.in.includes(row[test.column]));
}

/** The step to ask now, null when nothing is left. An interview is `{steps, answers, shown}`. */
export function nextStep({ steps, answers }) {
  const isOpen = (step) => step.kind !== 'note' && !has(answers, step.step) && applies(step, answers);
  return steps.find(isOpen) ?? null;
}

/** The pinned constraints with what a live step showed laid over them. */
export function constraintsOf({ shown = {} }, step) {
  return { ...step.constraints, ...shown[step.step] };
}

/** Store or correct one answer `{id, step, value, …}`: `{interview, dropped}`, or `{rejection}` and nothing changed. */
export function answer(interview, given, today) {
  const step = stepOf(interview, given.step);
  if (!step) return rejected('unknown_step', given);
  if (step.kind === 'note' || !applies(step, interview.answers)) return rejected('not_applicable', given);
  try {
    return store(interview, { ...given, value: read(interview, step, given.value, today) }, today);
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return rejected(refused.code, given, refused.facts);
  }
}

/** Several answers in order; refused ones are skipped: `{interview, stored, dropped, rejections}`. */
export function answerAll(interview, answers, today) {
  const batch = { interview, stored: [], dropped: [], rejections: [] };
  for (const given of answers) {
    const outcome = answer(batch.interview, given, today);
    if (outcome.rejection) {
      batch.rejections.push(outcome.rejection);
      continue;
    }
    batch.interview = outcome.interview;
    batch.stored.push(given.id);
    batch.dropped.push(...outcome.dropped.filter((key) => !batch.dropped.includes(key)));
  }
  batch.dropped = batch.dropped.filter((key) => !has(batch.interview.answers, key));
  return batch;
}

/** Take an answer back. Without `today` later answers are not read again. */
export function stepBack(interview, key, today = null) {
  const held = interview.answers[key];
  if (!held || held.by === PARTNERLINE) return { interview, dropped: [] };
  return settle({ ...interview, answers: without(interview.answers, key) }, key, today);
}

/** Remember what a live step shows; a table without rows is answered on the spot. Gives the interview. */
export function withShown(interview, key, shown) {
  const showing = { ...interview, shown: { ...interview.shown, [key]: shown } };
  const step = stepOf(interview, key);
  if (!step || !answersItself(showing, step)) return showing;
  const at = Object.values(interview.answers).map((held) => held.at ?? '').sort().pop() ?? '';
  const itself = { id: `${PARTNERLINE}:${key}`, step: key, value: {}, by: PARTNERLINE, at };
  return settle({ ...showing, answers: { ...showing.answers, [key]: itself } }, key, null).interview;
}

const stepOf = ({ steps }, key) => steps.find((step) => step.step === key);

const isLiveTable = (step) => step.live && step.kind === 'table';

const rejected = (code, given, facts = {}) => ({ rejection: { answer: given.id, step: given.step, code, ...facts } });

function read(interview, step, value, today) {
  if (waitsForRows(interview, step)) throw new Refused('not_shown');
  return KINDS[step.kind](value, constraintsOf(interview, step), today);
}

function waitsForRows({ shown = {} }, step) {
  return isLiveTable(step) && !has(shown, step.step) && !step.constraints.rows;
}

function answersItself(interview, step) {
  if (!isLiveTable(step) || has(interview.answers, step.step)) return false;
  return !constraintsOf(interview, step).rows?.length && applies(step, interview.answers);
}

function store(interview, given, today) {
  const before = interview.answers[given.step];
  const after = { ...interview, answers: { ...interview.answers, [given.step]: given } };
  if (before && sameValue(before.value, given.value)) return { interview: after, dropped: [] };
  return settle(after, given.step, today);
}

/** Look once at every step after the changed one, and let go what no longer stands. */
function settle(interview, changedKey, today) {
  const changed = new Set([changedKey]);
  const dropped = [];
  let now = interview;
  const at = interview.steps.findIndex((step) => step.step === changedKey);
  for (const step of at < 0 ? [] : interview.steps.slice(at + 1)) {
    const isStale = step.live !== undefined && (!step.depends_on || step.depends_on.some((key) => changed.has(key)));
    if (isStale) now = { ...now, shown: without(now.shown ?? {}, step.step) };
    const held = now.answers[step.step];
    if (!held || stays(now, step, held, isStale, today)) continue;
    now = { ...now, answers: without(now.answers, step.step) };
    changed.add(step.step);
    dropped.push(step.step);
  }
  return { interview: now, dropped };
}

function stays(interview, step, held, isStale, today) {
  if (!applies(step, interview.answers)) return false;
  if (held.by === PARTNERLINE || STANDS_FOR_WHAT_WAS_SHOWN.has(step.kind)) return !isStale;
  if (today === null) return !waitsForRows(interview, step);
  try {
    read(interview, step, held.value, today);
    return true;
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return false;
  }
}

const without = (record, key) => Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));

/** Parsed values are plain JSON, and the same value is built with its keys in the same order. */
const sameValue = (left, right) => JSON.stringify(left) === JSON.stringify(right);
