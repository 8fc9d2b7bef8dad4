// The one-time code that has to stand on paper in the picture, large enough to copy with cold hands.

import { NoAnswer } from '../../../core/errors.js';
import { html, useApp, useEffect, useState } from '../view.js';

/** The code for a conversation that needs one: `{code, state, draw}`, state ready | drawing | missing | over | failed; null where none is needed. */
export function useChallenge(conversation, isNeeded) {
  const { challenges } = useApp();
  const { id } = conversation.turn;
  const [state, setState] = useState('drawing');
  const found = isNeeded ? challenges.of(id) : null;
  const draw = async () => {
    setState('drawing');
    const error = await challenges.draw([id]).then(() => null, (failure) => failure);
    setState(error ? wordFor(error, challenges.isOver(id)) : 'ready');
  };
  useEffect(() => {
    if (!isNeeded || found) return undefined;
    draw();
    // With the signal the code comes too: whoever writes it down need not ask again.
    window.addEventListener('online', draw);
    return () => window.removeEventListener('online', draw);
  }, [isNeeded, id, Boolean(found)]);
  if (!isNeeded) return null;
  return { code: found?.code ?? null, state: found ? 'ready' : state, draw };
}

function wordFor(error, isOver) {
  if (!(error instanceof NoAnswer)) return 'failed';
  return isOver ? 'over' : 'missing';
}

export function ChallengeBanner({ challenge }) {
  const { t } = useApp();
  const { code, state, draw } = challenge;
  if (code) return html`<p class="code"><span>${t('challenge_write')}</span><b class="code__signs" aria-hidden="true">${code}</b><span class="unseen">${[...code].join(' ')}</span></p>`;
  if (state === 'drawing' || state === 'ready') return html`<p class="code code_none" role="status">${t('challenge_drawing')}</p>`;
  return html`<div class="code code_none" role="status"><span>${t(`challenge_${state}`)}</span>
    <button type="button" class="weui-btn weui-btn_mini weui-btn_default" onClick=${draw}>${t('retry')}</button></div>`;
}
