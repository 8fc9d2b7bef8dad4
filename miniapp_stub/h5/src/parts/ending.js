// How a conversation ended, and the one thing to do next.

import { html, useApp, useEffect, useRef } from '../view.js';
import { Icon } from './icons.js';
import { Reminders } from './reminders.js';

const ICONS = { done: 'done', left: 'back', expired: 'waiting', superseded: 'changed' };

/** Superseded by nothing: there is nothing left to answer; what was said last tells why. */
const isWithdrawn = (turn) => turn.state === 'superseded' && !turn.superseded_by;

/** Where nothing was sent, nothing was taken along either; what nobody asked for stands in no list. */
function titleOf(turn, movedOn, alone) {
  if (alone && turn.state === 'left') return 'left_alone';
  if (isWithdrawn(turn)) return 'withdrawn';
  return movedOn && turn.state === 'superseded' ? 'state_superseded' : turn.state;
}

export function Ending({ turn, alone, problem, movedOn, onOpenAgain }) {
  const { t, explain } = useApp();
  const heading = useRef();
  useEffect(() => {
    heading.current.focus({ preventScroll: true });
    window.scrollTo(0, document.documentElement.scrollHeight);
  }, [turn.state]);
  return html`<section class=${`ending ending_${turn.state}`}>
    <h2 class="ending__title" tabindex="-1" ref=${heading}><${Icon} name=${ICONS[turn.state]} />${t(titleOf(turn, movedOn, alone))}</h2>
    ${movedOn && html`<p class="remark remark_no" role="alert">${t('moved_on')}</p>`}
    ${problem && turn.state !== 'superseded' && html`<p class="remark" role="status">${explain(problem)}</p>`}
    <${NextAction} turn=${turn} onOpenAgain=${onOpenAgain} />
    ${turn.state === 'done' && html`<${Reminders} />`}
  </section>`;
}

function NextAction({ turn, onOpenAgain }) {
  const { t } = useApp();
  const newer = turn.superseded_by;
  return html`<div class="actions">
    ${turn.state === 'left' && html`<button type="button" class="weui-btn weui-btn_default" onClick=${onOpenAgain}>${t('open_again')}</button>`}
    ${newer && html`<a class="weui-btn weui-btn_primary" href=${`#/conversation/${encodeURIComponent(newer)}`}>${t('open_new')}</a>`}
    <a class=${`weui-btn ${newer ? 'weui-btn_default' : 'weui-btn_primary'}`} href="#/">${t('back_to_tasks')}</a>
  </div>`;
}
