// Plays interviews through the phone's interpreter: one JSON case per line in, one JSON trace per line out.

import { createInterface } from 'node:readline';
import { answer, nextStep, stepBack, withShown } from '../../../miniapp_stub/core/interpreter.js';

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(play(JSON.parse(line))));
}

function play({ steps, today, does }) {
  let interview = { steps, answers: {}, shown: {} };
  return does.map((act) => {
    const outcome = perform(interview, act, today);
    interview = outcome.interview ?? interview;
    return traced(interview, outcome);
  });
}

function perform(interview, act, today) {
  if (act.answer) return answer(interview, act.answer, today);
  if (act.back) return stepBack(interview, act.back, act.read_again ? today : null);
  return { interview: withShown(interview, act.shown, act.content) };
}

function traced({ steps, answers, shown }, { rejection = null, dropped = [] }) {
  const cells = (rejection?.cells ?? []).map(({ row, column, code }) => [row, column ?? '', code].join('|'));
  return {
    rejection: rejection?.code ?? null,
    cells: cells.sort(),
    dropped,
    next: nextStep({ steps, answers, shown })?.step ?? null,
    values: Object.fromEntries(Object.values(answers).map((held) => [held.step, held.value])),
    shown: Object.keys(shown).sort(),
  };
}
