// The proof of a promotion at one place as a reviewer sees it: what was wanted beside what came, and what is odd about it.

import { html, useApp, useState } from '../view.js';
import { Icon } from './icons.js';
import { ProofShot } from './proof_shot.js';
import { Reasons } from './reasons.js';
import { Facts } from './transcript.js';
import { Viewer } from './viewer.js';

export function Proof({ proof }) {
  const { t } = useApp();
  const [viewed, setViewed] = useState(null);
  const look = (pictures, at) => setViewed({ pictures, at });
  return html`<li class="proof">
    <${Head} proof=${proof} />
    ${proof.code && html`<${Code} code=${proof.code} />`}
    ${proof.shots.map((shot) => html`<${ProofShot} key=${shot.key} shot=${shot} onLook=${look} />`)}
    <${Part} title=${t('proof_facts')} shown=${proof.facts?.length}><${Facts} facts=${proof.facts} /><//>
    <${Part} title=${t('proof_decisions')} shown=${proof.decisions?.length}><${Decisions} decisions=${proof.decisions} /><//>
    ${viewed && html`<${Viewer} ...${viewed} code=${proof.code} onClose=${() => setViewed(null)} />`}
  </li>`;
}

function Head({ proof }) {
  const { t, moment } = useApp();
  const sent = [proof.sent_by, proof.sent_at && moment(proof.sent_at)].filter(Boolean).join(' · ');
  const facts = [
    [t('proof_partner'), proof.partner],
    [t('proof_amount'), proof.amount],
    [t('proof_place'), proof.place?.text],
    [t('proof_sent'), sent],
  ].filter(([, value]) => value);
  const odd = proof.shots.flatMap((shot) => shot.photos).filter((one) => one.reasons.length || one.alike?.length).length;
  return html`<section class="card proof__head">
    <h2 class="proof__store">${proof.store}</h2>
    <p class="proof__promotion">${proof.promotion}${proof.round > 1 && html` <span class="chip">${t('proof_round', proof)}</span>`}</p>
    <${Facts} facts=${facts} />
    ${proof.held && html`<p class="proof__held"><${Icon} name="hold" />${t('proof_held')}</p>`}
    <${Reasons} reasons=${ofTheWhole(proof)} />
    ${odd > 0 && html`<p class="proof__odd">${t('proof_odd', { count: odd })}</p>`}
    ${!proof.reasons?.length && !odd && html`<p class="proof__calm"><${Icon} name="done" />${t('proof_nothing')}</p>`}
  </section>`;
}

/** What stands with a photo is not said twice. */
function ofTheWhole({ reasons = [], shots }) {
  const said = new Set(shots.flatMap((shot) => shot.photos).flatMap((one) => one.reasons.map(({ text }) => text)));
  return reasons.filter(({ text }) => !said.has(text));
}

/** As large as it was written: it is compared with what a hand wrote. */
function Code({ code }) {
  const { t } = useApp();
  return html`<p class="card proof__code"><span>${t('proof_code')}</span><strong class="proof__letters" aria-label=${[...code].join(' ')}>${code}</strong></p>`;
}

function Part({ title, shown, children }) {
  if (!shown) return null;
  return html`<section class="card proof__part"><h3 class="proof__title">${title}</h3>${children}</section>`;
}

function Decisions({ decisions }) {
  const { moment } = useApp();
  return html`<ol class="proof__decisions">${decisions.map((one, at) => html`<li key=${at}>
    <span>${one.text}</span> <time datetime=${one.at}>${moment(one.at)}</time>
  </li>`)}</ol>`;
}
