// One wanted shot: the brand's example first, then every photo that came, each with what was found of it.

import { html, useApp } from '../view.js';
import { Icon } from './icons.js';
import { Evidence } from './evidence.js';
import { Reasons, worstOf } from './reasons.js';

const BADGES = { hold: 'hold', red: 'warning', hint: 'hint' };

/** `onLook(pictures, at)` shows pictures on the whole screen. */
export function ProofShot({ shot, onLook }) {
  const { t } = useApp();
  const pictures = picturesOf(t, shot);
  const example = shot.example && { photo: shot.example, alt: t('proof_example_of', { shot: shot.text }), title: t('proof_example'), reasons: [] };
  return html`<section class="card shot" aria-label=${shot.text}>
    <h3 class="proof__title">${shot.text}<span class="shot__wanted">${t('proof_wanted', { wanted: shot.wanted, count: pictures.length })}</span></h3>
    <ul class=${`shot__photos ${pictures.length === 1 && !example ? 'shot__photos_single' : ''}`}>
      ${example && html`<li class="shot__one shot__one_example"><${Thumb} picture=${example} onLook=${() => onLook([example, ...pictures], 0)} /><span class="shot__note">${t('proof_example')}</span></li>`}
      ${pictures.map((picture, at) => html`<li key=${picture.photo} class="shot__one"><${Came} picture=${picture} onLook=${() => onLook(pictures, at)} /></li>`)}
    </ul>
    ${!pictures.length && html`<p class="shot__none">${t('proof_none')}</p>`}
    ${pictures.map((picture) => html`<${Found} key=${picture.photo} picture=${picture} many=${pictures.length > 1} onLook=${onLook} />`)}
  </section>`;
}

/** The photos of a shot with what a screen reader says of each. */
function picturesOf(t, shot) {
  const count = shot.photos.length;
  return shot.photos.map((one, at) => {
    const title = t('proof_photo', { shot: shot.text, at: at + 1, count });
    return { ...one, at: at + 1, title, alt: [title, ...one.reasons.map((reason) => reason.text)].join('；') };
  });
}

function Thumb({ picture, onLook, children }) {
  return html`<button type="button" class="glance" onClick=${onLook}><${Evidence} photo=${picture.photo} alt=${picture.alt} />${children}</button>`;
}

function Came({ picture, onLook }) {
  const { moment } = useApp();
  const worst = worstOf(picture.reasons);
  return html`<${Thumb} picture=${picture} onLook=${onLook}>
      <span class="glance__number" aria-hidden="true">${picture.at}</span>
      ${worst && html`<span class=${`glance__badge glance__badge_${worst}`}><${Icon} name=${BADGES[worst]} /></span>`}
    <//>
    <span class="shot__note">${[picture.captured_at && moment(picture.captured_at), picture.code].filter(Boolean).join(' · ')}</span>`;
}

/** What was found of one photo, under all of them: half a phone is too narrow for sentences. */
function Found({ picture, many, onLook }) {
  const { t } = useApp();
  if (!picture.reasons.length && !picture.alike?.length) return null;
  return html`<div class="found">
    ${many && html`<p class="found__which">${t('proof_which', { at: picture.at })}</p>`}
    <${Reasons} reasons=${picture.reasons} />
    ${(picture.alike ?? []).map((alike, at) => html`<${Alike} key=${at} picture=${picture} alike=${alike} onLook=${onLook} />`)}
  </div>`;
}

/** The earlier picture beside this one where the reviewer may see it, else the sentence alone. */
function Alike({ picture, alike, onLook }) {
  const { t } = useApp();
  if (!alike.photo) return html`<p class="alike__text">${alike.text}</p>`;
  const other = { photo: alike.photo, title: t('proof_earlier'), alt: `${t('proof_earlier')}：${alike.text}`, reasons: [{ level: 'red', text: alike.text }] };
  const pair = [picture, other];
  return html`<figure class="alike">
    <div class="alike__pair">
      <div><${Thumb} picture=${picture} onLook=${() => onLook(pair, 0)} /><span class="shot__note">${t('proof_this')}</span></div>
      <div><${Thumb} picture=${other} onLook=${() => onLook(pair, 1)} /><span class="shot__note">${t('proof_earlier')}</span></div>
    </div>
    <figcaption class="alike__text">${alike.text}</figcaption>
  </figure>`;
}
