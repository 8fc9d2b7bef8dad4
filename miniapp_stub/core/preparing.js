// "Prepare the day": what the proofs of today need without signal is fetched while there is some.

import { addressOf } from './beginning.js';
import { opened } from './conversation.js';
import { Problem } from './errors.js';
import { newId } from './ids.js';

const MOST = 30;
const FLOW = 'promotion-proof';

/** The tasks worth preparing: proofs that no colleague is at work on, the most urgent first. */
export const toPrepare = (inbox, person) =>
  (inbox?.tasks ?? []).filter((task) => task.flow === FLOW && (!task.taken_by || task.taken_by.id === person?.id)).slice(0, MOST);

/** Is all there for this task: its conversation, and a code where its pictures must show one? */
export function isPrepared({ remembered, challenges }, task) {
  const conversation = remembered.of(addressOf({ task: task.id }));
  if (!conversation) return false;
  return !needsCode(conversation) || challenges.of(conversation.turn.id) !== null;
}

export const needsCode = ({ steps }) => steps.some((step) => step.kind === 'photo' && step.constraints?.challenge);

/**
 * Open the conversations of `tasks` and draw their codes in one request. `tell(done)` after each. Gives how many are ready.
 * Opening takes no task: a colleague may still do it. One that is refused (a colleague was faster, it is over) keeps none of the others.
 */
export async function prepareDay({ api, remembered, challenges }, tasks, tell = () => {}) {
  const lacking = [];
  for (const [at, task] of tasks.entries()) {
    const conversation = await openedFor({ api, remembered }, task).catch(unlessRefused);
    const id = conversation?.turn.id;
    if (id && needsCode(conversation) && !challenges.of(id)) lacking.push(id);
    tell(at + 1);
  }
  if (lacking.length) await drawAll(challenges, lacking);
  return tasks.filter((task) => isPrepared({ remembered, challenges }, task)).length;
}

/** In one request; where one of them is refused, one by one. */
async function drawAll(challenges, conversations) {
  const isRefused = await challenges.draw(conversations).then(() => false, (error) => unlessRefused(error) === null);
  for (const one of isRefused ? conversations : []) await challenges.draw([one]).catch(unlessRefused);
}

/** Nothing, where the server said no to this for good; else the error goes on. */
function unlessRefused(error) {
  if (error instanceof Problem && (error.status === 404 || error.status === 409)) return null;
  throw error;
}

async function openedFor({ api, remembered }, task) {
  const address = addressOf({ task: task.id });
  const kept = remembered.of(address);
  if (kept) return kept;
  const conversation = opened(await api.openTask(newId('cnv'), task.id));
  remembered.keep(address, conversation);
  return conversation;
}
