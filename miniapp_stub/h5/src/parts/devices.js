// Where the person is signed in, the way out everywhere, and all that is held about them to take along.

import { html, useApp, useEffect, useState } from '../view.js';
import { Loading, Trouble } from './page.js';

export function Devices() {
  const app = useApp();
  const { t, api } = app;
  const [devices, setDevices] = useState(null);
  const [problem, setProblem] = useState(null);
  const [isSure, setSure] = useState(false);
  const look = () => {
    setProblem(null);
    api.devices().then(({ items }) => setDevices(items), setProblem);
  };
  useEffect(look, []);
  const everywhere = () => (isSure ? api.signOutEverywhere().then(() => app.signedOut(), setProblem) : setSure(true));
  return html`<section class="group devices">
    <h2 class="group__title">${t('devices')}</h2>
    <${Trouble} error=${problem} onRetry=${devices ? null : look} />
    ${!devices && !problem && html`<${Loading} />`}
    ${devices && html`<ul class="weui-cells list">${devices.map((device) => html`<${Device} key=${device.id} device=${device} />`)}</ul>`}
    <div class="actions">
      ${isSure && html`<p class="hint" role="status">${t('sign_out_all_sure')}</p>`}
      <button type="button" class="weui-btn weui-btn_default" onClick=${everywhere}>${t(isSure ? 'sign_out_all_yes' : 'sign_out_all')}</button>
      <${OwnData} onProblem=${setProblem} />
    </div>
  </section>`;
}

function Device({ device }) {
  const { t, moment } = useApp();
  const name = device.label && device.label !== '?' ? device.label.replace('WeChat', t('wechat')) : t('device_unknown');
  return html`<li class="weui-cell device">
    <div class="weui-cell__bd">
      <p>${name}</p>
      <p class="hint">${t('device_since', { since: moment(device.since), used: moment(device.last_used_at) })}</p>
    </div>
    ${device.current && html`<span class="cell__note">${t('device_this')}</span>`}
  </li>`;
}

function OwnData({ onProblem }) {
  const { t, api } = useApp();
  const [isAsking, setAsking] = useState(false);
  const take = async () => {
    setAsking(true);
    await api.ownData().then(save, onProblem);
    setAsking(false);
  };
  return html`<button type="button" class="weui-btn weui-btn_default" disabled=${isAsking} onClick=${take}>${t('own_data')}</button>`;
}

/** Hand the data to the phone as a file, under a name that says what and when. */
function save(data) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `partnerline-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
