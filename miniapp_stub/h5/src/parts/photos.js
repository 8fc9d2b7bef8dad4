// Photos small, each with how it stands: on its way, safe, or what somebody found wrong with it.

import { idsIn } from '../../../core/photos.js';
import { megabytes } from '../../../core/format.js';
import { html, useApp, useEffect, useRef, useState } from '../view.js';
import { Icon } from './icons.js';
import { Evidence } from './evidence.js';

/** Draws again whenever a photo of this phone changes. */
export function usePhotos() {
  const { photos } = useApp();
  const [, setRound] = useState(0);
  useEffect(() => photos.listen(() => setRound((round) => round + 1)), []);
  return photos;
}

/** The photos under an answer; `onRedo` where it may still be corrected. */
export function AnsweredPhotos({ value, conversation, onRedo }) {
  usePhotos();
  const ids = idsIn(value);
  return html`<li class="bubble_photos"><${Thumbs} ids=${ids} conversation=${conversation} onRedo=${onRedo} onlyPoor redo="photo_redo" /></li>`;
}

/** `onlyPoor` offers to take again only those that something is wrong with; `onRemove` where they may be taken away. */
export function Thumbs({ ids, conversation, onRedo, onRemove, redo, onlyPoor = false }) {
  if (!ids.length) return null;
  return html`<ul class="snaps">${ids.map((id, at) => html`<${Thumb} key=${id} id=${id} number=${at + 1} conversation=${conversation}
    onRedo=${onRedo && (() => onRedo(id))} onRemove=${onRemove && (() => onRemove(id))} redo=${redo} onlyPoor=${onlyPoor} />`)}</ul>`;
}

function Thumb({ id, number, conversation, onRedo, onRemove, redo, onlyPoor }) {
  const { t, photos } = useApp();
  const kept = photos.get(id);
  const words = wordsOf(t, kept, conversation.photos[id]);
  const state = stateOf(kept);
  const alt = t('photo_number', { number });
  const removal = useRemoval(number, onRemove);
  return html`<li class=${`snap snap_${state} ${words.length || removal.isAsked ? 'snap_wide' : ''} ${words.length ? 'snap_poor' : ''}`}>
    <div class="snap__picture">
      ${kept?.thumb ? html`<img class="snap__img" src=${kept.thumb} alt=${alt} />` : html`<${Evidence} photo=${id} alt=${alt} />`}
      <span class="snap__state"><${Icon} name=${ICONS[state]} /><span>${t(`photo_${state}`)}</span></span></div>
    ${words.map((text) => html`<p key=${text} class="snap__word" role="status">${text}</p>`)}
    ${removal.isAsked ? removal.question : html`<div class="snap__ways">
      ${onRedo && (words.length > 0 || !onlyPoor) && html`<button type="button" class="link snap__redo" aria-label=${`${t(redo)}: ${alt}`} onClick=${onRedo}>${t(redo)}</button>`}
      ${removal.way}</div>`}
  </li>`;
}

/** One tap asks, a second takes the photo away: what a thumb hit by mistake is not lost. */
function useRemoval(number, onRemove) {
  const { t } = useApp();
  const [isAsked, setAsked] = useState(false);
  const focused = useRef();
  const hasChanged = useRef(false);
  useEffect(() => {
    if (hasChanged.current) focused.current?.focus();
  }, [isAsked]);
  const ask = (isIt) => () => {
    hasChanged.current = true;
    setAsked(isIt);
  };
  const question = html`<div class="snap__sure" role="group" aria-label=${t('photo_remove_sure', { number })}>
    <p tabindex="-1" ref=${focused}>${t('photo_remove_sure', { number })}</p>
    <button type="button" class="weui-btn weui-btn_mini weui-btn_warn" onClick=${onRemove}>${t('photo_remove')}</button>
    <button type="button" class="weui-btn weui-btn_mini weui-btn_default" onClick=${ask(false)}>${t('photo_stay')}</button>
  </div>`;
  const way = onRemove && html`<button type="button" class="link snap__remove" ref=${focused} aria-label=${`${t('photo_remove')}: ${t('photo_number', { number })}`} onClick=${ask(true)}>${t('photo_remove')}</button>`;
  return { isAsked, question, way };
}

const ICONS = { safe: 'done', waiting: 'waiting', refused: 'warning' };
const stateOf = (kept) => kept?.state ?? 'safe';

/** What there is to say: why the server did not take it, or what it found; before that what the phone itself saw. */
function wordsOf(t, kept, known) {
  if (kept?.state === 'refused') return [kept.text || t(`photo_no_${REFUSALS.includes(kept.code) ? kept.code : 'other'}`)];
  if (known?.remarks?.length) return known.remarks.map((remark) => remark.text);
  if (known && known.state !== 'received') return [];
  return (kept?.faults ?? []).slice(0, 1).map((fault) => t(`fault_${fault}`));
}

const REFUSALS = ['gone', 'reused', 'lost', 'too_large', 'type', 'photo_broken'];

/** "12 of 14 safe", and what the rest will cost of the data plan. */
export function Safety({ conversation = null }) {
  const { t } = useApp();
  const photos = usePhotos();
  const { total, safe, waiting, bytes, kept } = photos.summary(conversation);
  if (!total) return null;
  const text = waiting ? t('photos_safe_some', { safe, total, size: megabytes(bytes) }) : t('photos_safe_all', { total });
  return html`<p class=${`safety ${waiting ? '' : 'safety_all'}`} role="status"><${Icon} name=${waiting ? 'waiting' : 'done'} /><span>${text}${kept && ` ${t('photos_later')}`}</span></p>`;
}
