// The current question and its input, docked at the bottom; what went wrong stands right above the input.

import { lastAnswered } from '../../../core/conversation.js';
import { isLongList } from '../inputs/choices.js';
import { inputFor } from '../inputs/index.js';
import { isRead } from './reading.js';
import { html, useApp, useEffect, useRef } from '../view.js';
import { Trouble } from './page.js';
import { Safety, usePhotos } from './photos.js';

export function Dock({ state, dialogue }) {
  const { t } = useApp();
  const ask = dialogue.ask();
  const heading = useFocusOnNewAsk(ask, state);
  if (!ask) return html`<${Underway} state=${state} dialogue=${dialogue} />`;
  const { turn } = state.conversation;
  const Input = inputFor(ask.kind);
  return html`<section class=${`dock dock_${ask.kind} ${isLongList(ask) ? 'dock_long' : ''}`} aria-labelledby="ask">
    <div class="dock__head">
      <h2 class="dock__ask" id="ask" tabindex="-1" ref=${heading}>${ask.text}</h2>
      <${Progress} progress=${turn.progress} />
    </div>
    <${Remarks} state=${state} dialogue=${dialogue} />
    <${Input} key=${markOf(ask, state)} ask=${ask} busy=${state.busy} conversation=${state.conversation} pending=${state.pending} retake=${state.retaking}
      value=${earlierValue(state, ask.step)} rejection=${turn.rejection} onAnswer=${dialogue.answer} />
    <${Ways} state=${state} dialogue=${dialogue} />
  </section>`;
}

/** Changes with the question, not with what was sent meanwhile: who types or takes photos goes on undisturbed. */
function markOf(ask, state) {
  return JSON.stringify([ask.step, Boolean(state.correcting), ask.constraints, earlierValue(state, ask.step)]);
}

/** What the person had said before, to start from: a value the server did not take, else the answer being corrected. */
function earlierValue({ drafts, conversation }, step) {
  return drafts[step] ?? conversation.answers[step]?.value;
}

/**
 * The focus follows the question, except on opening: then the screen's heading has it. What was said last stays in
 * sight above the question, except where something is read from its top first (see reading.js).
 */
function useFocusOnNewAsk(ask, state) {
  const { conversation, pending, busy } = state;
  const heading = useRef();
  const seen = useRef(null);
  const mark = ask && markOf(ask, state);
  const said = conversation.messages.length + pending.length;
  useEffect(() => {
    if (seen.current && mark && seen.current !== mark) heading.current.focus({ preventScroll: true });
    seen.current = mark ?? seen.current;
  }, [mark]);
  useEffect(() => {
    if (said > 0 && !isRead(conversation)) window.scrollTo(0, document.documentElement.scrollHeight);
  }, [said, mark, busy]);
  return heading;
}

function Progress({ progress }) {
  const { t } = useApp();
  if (!progress?.expected) return null;
  const { answered, expected } = progress;
  const at = Math.min(answered + 1, expected);
  return html`<span class="dock__progress" aria-label=${t('progress', { answered: at, expected })}>${at}/${expected}</span>`;
}

function Remarks({ state, dialogue }) {
  const { t } = useApp();
  const { conversation, correcting, dropped, problem, returned, movedOn, unsent } = state;
  const { rejection } = conversation.turn;
  const waits = usePhotos().summary(conversation.turn.id).waiting > 0;
  return html`<div aria-live="polite">
    ${correcting && html`<p class="remark">${t('correcting')}</p>`}
    ${dropped.length > 0 && html`<p class="remark">${t('dropped', { texts: dropped.join('；') })}</p>`}
    ${movedOn && html`<p class="remark remark_no" role="alert">${t('moved_on')}</p>`}
    ${returned && html`<p class="remark remark_no" role="alert">${returned}</p>`}
    ${rejection && html`<p class="remark remark_no" role="alert">${rejection.text}</p>`}
    ${unsent
      ? html`<p class="remark">${t(waits ? 'sent_after_photos' : 'not_sent')} <button type="button" class="link" onClick=${dialogue.sendPending}>${t('send_now')}</button></p>`
      : html`<${Trouble} error=${problem} />`}
  </div>`;
}

function Ways({ state, dialogue }) {
  const { t } = useApp();
  if (state.correcting) return html`<div class="dock__ways"><button type="button" class="link" onClick=${dialogue.keep}>${t('keep')}</button></div>`;
  const { begun } = state.conversation;
  if (state.busy || (begun ? !state.pending.length : state.pending.length || !lastAnswered(state.conversation))) return null;
  return html`<div class="dock__ways"><button type="button" class="link" onClick=${dialogue.stepBack}>${t('step_back')}</button></div>`;
}

/** Nothing to ask just now: an answer is on its way, or all are given and wait for signal. */
function Underway({ state, dialogue }) {
  const { t } = useApp();
  return html`<section class="dock" role="status">
    ${state.unsent && !state.busy
      ? html`<p class="dock__ask">${t('all_kept')}</p>
        <${Safety} conversation=${state.conversation.turn.id} />
        <button type="button" class="weui-btn weui-btn_default" onClick=${dialogue.sendPending}>${t('send_now')}</button>`
      : html`<p class="loading"><i class="weui-primary-loading" aria-hidden="true"></i>${t('sending')}</p>`}
  </section>`;
}
