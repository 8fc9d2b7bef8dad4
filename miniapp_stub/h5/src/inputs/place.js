// Where the person is: asked once, shown with how exact it is, sent only by a tap. Where the step allows it, "no" is an answer.

import { html, useApp, useState } from '../view.js';

const LONGEST_MS = 20000;
// A phone indoors is often this far off; further says little about which store it is.
const ROUGH_M = 200;

export function Place({ ask, value, busy, onAnswer }) {
  const { t } = useApp();
  const [found, setFound] = useState(value ?? null);
  const [state, setState] = useState('idle');
  const look = async () => {
    setState('looking');
    const place = await located().catch((error) => error.code ?? 0);
    if (typeof place === 'number') return setState(FAULTS[place] ?? 'failed');
    setFound(place);
    return setState('idle');
  };
  const isRough = found && found.accuracy_m > ROUGH_M;
  return html`<div class="place">
    ${found && html`<p class=${isRough ? 'remark' : 'place__found'} role="status">${t(isRough ? 'place_rough' : 'place_found', { metres: found.accuracy_m })}</p>`}
    ${state === 'looking' && html`<p class="loading" role="status"><i class="weui-primary-loading" aria-hidden="true"></i>${t('place_looking')}</p>`}
    ${FAULT_WORDS.includes(state) && html`<p class="remark remark_no" role="alert">${t(`place_${state}`)}</p>`}
    <div class="choice">
      ${found && html`<button type="button" class="weui-btn weui-btn_primary" disabled=${busy} onClick=${() => onAnswer(found)}>${t('place_send')}</button>`}
      <button type="button" class=${`weui-btn ${found ? 'weui-btn_default' : 'weui-btn_primary'}`} disabled=${busy || state === 'looking'} onClick=${look}>${t(found ? 'place_again' : 'place_look')}</button>
      ${ask.constraints.optional && html`<button type="button" class="weui-btn weui-btn_default" disabled=${busy} onClick=${() => onAnswer(null)}>${t('place_refuse')}</button>`}
    </div>
  </div>`;
}

const FAULTS = { 1: 'denied', 2: 'failed', 3: 'slow' };
const FAULT_WORDS = ['denied', 'failed', 'slow', 'missing'];

/** `{latitude, longitude, accuracy_m, system}` as browsers measure: always WGS-84. Rejects with the browser's code. */
function located() {
  if (!navigator.geolocation) return Promise.reject({ code: 2 });
  const options = { enableHighAccuracy: true, timeout: LONGEST_MS, maximumAge: 0 };
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(({ coords }) => resolve(placeOf(coords)), reject, options);
  });
}

/** Six decimals are 10 cm: what follows is noise. */
function placeOf({ latitude, longitude, accuracy }) {
  const short = (degrees) => Math.round(degrees * 1e6) / 1e6;
  return { latitude: short(latitude), longitude: short(longitude), accuracy_m: Math.ceil(accuracy), system: 'wgs84' };
}
