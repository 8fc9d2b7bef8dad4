// A conversation as a chat: what it is about on top, what was said, and the question at the bottom where the thumb is.

import { unchecked } from '../../../core/conversation.js';
import { nextStep } from '../../../core/interpreter.js';
import { poll } from '../../../core/polling.js';
import { sendOthers } from '../../../core/queue.js';
import { createDialogue } from '../../../core/dialogue.js';
import { Dock } from '../parts/dock.js';
import { Ending } from '../parts/ending.js';
import { Icon } from '../parts/icons.js';
import { Loading, Page, Trouble } from '../parts/page.js';
import { usePhotos } from '../parts/photos.js';
import { showsProof } from '../parts/reading.js';
import { SubjectCard, Transcript } from '../parts/transcript.js';
import { html, useApp, useEffect, useMemo, useState } from '../view.js';

export function Conversation({ route }) {
  const app = useApp();
  const { t } = app;
  const { dialogue, state, load } = useDialogue(app, route);
  const [leaving, setLeaving] = useState(false);
  usePhotosOf(app, dialogue, state);
  const { conversation, problem, busy } = state;
  const turn = conversation?.turn;
  const alone = route.screen === 'start';
  const mayLeave = turn?.state === 'asking';
  return html`<${Page} title=${turn?.title ?? t('conversation')} back="#/" action=${mayLeave && html`<${LeaveLink} onClick=${() => setLeaving(true)} />`}>
    ${leaving && mayLeave && html`<${LeaveBar} alone=${alone} onLeave=${() => dialogue.leave()} onStay=${() => setLeaving(false)} />`}
    ${(conversation?.begun || conversation?.remembered) && html`<p class="strip" role="status"><${Icon} name="waiting" />${t('begun')}</p>`}
    ${conversation && html`${!showsProof(conversation) && html`<${SubjectCard} subject=${turn.subject} conversation=${conversation.begun ? null : turn.id} />`}<${Transcript} state=${state} dialogue=${dialogue} />`}
    ${!conversation && html`<${Trouble} error=${problem} onRetry=${load} />`}
    ${!conversation && busy && html`<${Loading} />`}
    ${turn?.state === 'asking' && html`<${Dock} state=${state} dialogue=${dialogue} />`}
    ${turn && turn.state !== 'asking' && html`<${Ending} turn=${turn} alone=${alone} problem=${problem} movedOn=${state.movedOn} onOpenAgain=${load} />`}
  <//>`;
}

const OPENING = {
  task: (dialogue, id) => dialogue.openTask(id),
  start: (dialogue, id, on) => dialogue.start(id, on),
  conversation: (dialogue, id) => dialogue.open(id),
};

/** The dialogue of this screen, opened once; what waits is sent as soon as there is signal again. */
function useDialogue(app, { screen, id, on }) {
  const [state, setState] = useState({});
  const dialogue = useMemo(() => {
    const { api, queue, templates, starts, remembered, photos } = app;
    return createDialogue({ api, queue, templates, starts, remembered, next: nextStep, onChange: setState, onLeft: photos.forget });
  }, []);
  const load = () => OPENING[screen](dialogue, id, on);
  useEffect(() => {
    const others = () => sendOthers(app.queue, dialogue.state().conversation?.turn.id);
    const flush = () => {
      if (dialogue.state().pending.length) dialogue.sendPending();
      else if (dialogue.state().conversation?.remembered) dialogue.refresh().catch(() => {});
      others();
    };
    load().then(others);
    return app.sender.attend(flush);
  }, []);
  return { dialogue, state, load };
}

// A verdict takes the server some seconds.
const VERDICT_MS = 2000;

/** What was photographed for this conversation may go as soon as the server knows it; what becomes of it is asked for. */
function usePhotosOf({ photos }, dialogue, { conversation }) {
  usePhotos();
  const { id, subject, state } = conversation?.turn ?? {};
  const isKnown = Boolean(id) && !conversation.begun;
  useEffect(() => {
    if (isKnown) photos.release(id, subject.id);
  }, [id, isKnown]);
  const isAwaiting = isKnown && state === 'asking' && unchecked(conversation, photos.safeIn(id)).length > 0;
  useEffect(() => {
    if (!isAwaiting) return undefined;
    const looker = poll(dialogue.refresh, { visible: () => document.visibilityState === 'visible', first: VERDICT_MS });
    looker.wake();
    return looker.stop;
  }, [isAwaiting]);
}

function LeaveLink({ onClick }) {
  const { t } = useApp();
  return html`<button type="button" class="bar__link" onClick=${onClick}>${t('leave')}</button>`;
}

function LeaveBar({ alone, onLeave, onStay }) {
  const { t } = useApp();
  return html`<div class="strip strip_ask" role="alert">
    <p>${t(alone ? 'leave_sure_alone' : 'leave_sure')}</p>
    <div class="strip__buttons">
      <button type="button" class="weui-btn weui-btn_mini weui-btn_default" onClick=${onStay}>${t('leave_no')}</button>
      <button type="button" class="weui-btn weui-btn_mini weui-btn_warn" onClick=${onLeave}>${t('leave_yes')}</button>
    </div>
  </div>`;
}
