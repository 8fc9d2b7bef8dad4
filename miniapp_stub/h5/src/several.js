// Accepting routine orders from the list: for each the same two answers as in its conversation, with its own preview.

import { newId } from '../../core/ids.js';

/**
 * Open the task's conversation, answer "accept", and hand back what sending would mean:
 * `{status: ready, turn, preview}`, `{status: skipped}` when somebody has answered otherwise, `{status: failed, error}`.
 * Ids made for a try are kept in `ids`, so that trying again does nothing twice.
 */
export async function prepare(api, task, ids) {
  try {
    ids.conversation ??= newId('cnv');
    ids.accept ??= answer('decision', 'accept');
    const opened = await api.openTask(ids.conversation, task.id);
    const turn = opened.ask?.step === 'decision' ? await api.answer(opened.id, opened.revision, [ids.accept]) : opened;
    return readiness(turn, opened.answers?.decision?.value ?? ids.accept.value);
  } catch (error) {
    return { status: 'failed', error };
  }
}

function readiness(turn, decision) {
  const { ask } = turn;
  if (decision !== 'accept' || ask?.step !== 'send') return { status: 'skipped', turn };
  return { status: 'ready', turn, preview: ask.constraints.preview };
}

/** Send one prepared order; a verdict that changed meanwhile is shown again instead of sent. */
export async function send(api, { turn, preview }, ids) {
  try {
    ids.send ??= answer('send', preview ? { preview: preview.id } : true);
    const after = await api.answer(turn.id, turn.revision, [ids.send]);
    if (after.state === 'done') return { status: 'sent', turn: after, preview };
    delete ids.send;
    return readiness(after, 'accept');
  } catch (error) {
    return { status: 'failed', error, turn, preview };
  }
}

/** Try again what failed, from where it failed. */
export function again(api, task, outcome, ids) {
  return outcome.turn ? send(api, outcome, ids) : prepare(api, task, ids);
}

function answer(step, value) {
  return { id: newId('ans'), step, value, answered_at: new Date().toISOString() };
}
