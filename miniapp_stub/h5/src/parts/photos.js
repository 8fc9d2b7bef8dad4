// Photos small, each with how it stands: on its way, safe, or what somebody found wrong with it.

import { idsIn } from '../../../core/photos.js';
import { megabytes } from '../../../core/format.js';
import { html, useApp, useEffect, useState } from '../view.js';
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

/** `onlyPoor` offers to take again only those that something is wrong with. */
export function Thumbs({ ids, conversation, onRedo, redo, onlyPoor = false }) {
  if (!ids.length) return null;
  return html`<ul class="snaps">${ids.map((id, at) => html`<${Thumb} key=${id} id=${id} number=${at + 1} conversation=${conversation}
    onRedo=${onRedo && (() => onRedo(id))} redo=${redo} onlyPoor=${onlyPoor} />`)}</ul>`;
}

function Thumb({ id, number, conversation, onRedo, redo, onlyPoor }) {
  const { t, photos } = useApp();
  const kept = photos.get(id);
  const words = wordsOf(t, kept, conversation.photos[id]);
  const state = stateOf(kept);
  const alt = t('photo_number', { number });
  return html`<li class=${`snap snap_${words.length ? 'poor' : state}`}>
    <div class="snap__picture">
      ${kept?.thumb ? html`<img class="snap__img" src=${kept.thumb} alt=${alt} />` : html`<${Evidence} photo=${id} alt=${alt} />`}
      <span class="snap__state"><${Icon} name=${ICONS[state]} /><span>${t(`photo_${state}`)}</span></span></div>
    ${words.map((text) => html`<p key=${text} class="snap__word" role="status">${text}</p>`)}
    ${onRedo && (words.length > 0 || !onlyPoor) && html`<button type="button" class="link snap__redo" aria-label=${`${t(redo)}: ${t('photo_number', { number })}`} onClick=${onRedo}>${t(redo)}</button>`}
  </li>`;
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
