// The last look before sending: what will be stored, and who decides about it.

import { Icon } from '../parts/icons.js';
import { Facts } from '../parts/transcript.js';
import { html, useApp } from '../view.js';

export function Confirm({ ask, busy, onAnswer }) {
  const { yes, preview } = ask.constraints;
  const value = preview ? { preview: preview.id } : true;
  return html`<div class="confirm">
    ${preview && html`<${Preview} preview=${preview} />`}
    <button type="button" class="weui-btn weui-btn_primary" disabled=${busy} onClick=${() => onAnswer(value)}>${yes}</button>
  </div>`;
}

export function Preview({ preview }) {
  return html`<div class="preview">
    <${Verdict} verdict=${preview.verdict} label=${preview.label} />
    <p class="preview__text">${preview.text}</p>
    <${Facts} facts=${preview.facts} />
  </div>`;
}

const ICONS = { automatic: 'done', pays: 'done', ready: 'done', odd: 'warning', outside: 'warning', short: 'warning', nothing: 'hint', rejects: 'close', redo: 'changed' };

/** Who decides, or what is paid, in the flow's own words where it has some. */
export function Verdict({ verdict, label }) {
  const { t } = useApp();
  return html`<span class=${`chip chip_${verdict}`}><${Icon} name=${ICONS[verdict] ?? 'person'} />${label ?? t(`verdict_${verdict}`)}</span>`;
}
