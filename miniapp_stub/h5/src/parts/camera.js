// The live camera over the whole screen: shutter under the thumb, then keep or retake while one still stands in the store.

import { developed } from '../shooting.js';
import { html, useApp, useEffect, useRef, useState } from '../view.js';
import { Icon } from './icons.js';
import { toQuestion } from './reading.js';
import { ChallengeBanner } from './challenge.js';

const WANTED = { audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 2048 }, height: { ideal: 1536 } } };

/** Can this page show a live picture at all? */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** `onShot(shot)` gets what was kept; it gives false when that was the last one. `way` is offered where the camera is not to be had. */
export function Camera({ title, count, wanted, minPixels, challenge, onShot, onClose, way }) {
  const { t } = useApp();
  const { video, state, retry, fail, torch } = useLive();
  const [shot, setShot] = useState(null);
  const dialog = useModal(onClose);
  const [busy, setBusy] = useState(false);
  const shutter = useRef();
  useEffect(() => {
    if (state === 'live' && !shot) shutter.current.focus();
  }, [state, Boolean(shot)]);
  const shoot = async () => {
    setBusy(true);
    const picture = video.current;
    const capturedAt = new Date();
    const made = await developed(picture, picture.videoWidth, picture.videoHeight, minPixels).catch(() => null);
    setBusy(false);
    // A camera that was taken away in this moment gives a picture of nothing.
    if (!made?.blob) return fail();
    return setShot({ ...made, capturedAt, source: 'camera', url: URL.createObjectURL(made.blob) });
  };
  useEffect(() => () => shot && URL.revokeObjectURL(shot.url), [shot]);
  const done = () => setShot(null);
  const keep = async () => {
    const goesOn = await onShot(shot);
    done();
    if (!goesOn) onClose();
  };
  return html`<dialog class="camera" ref=${dialog} aria-labelledby="camera-title" aria-describedby="camera-code">
    <div class="camera__head">
      <button type="button" class="camera__way" aria-label=${t('camera_close')} onClick=${onClose}><${Icon} name="close" /></button>
      <h2 class="camera__title" id="camera-title" tabindex="-1">${title}</h2>
      <span class="camera__count">${t('camera_count', { count, wanted })}</span>
    </div>
    <div id="camera-code">${challenge && html`<${ChallengeBanner} challenge=${challenge} />`}</div>
    <div class="camera__stage">
      <video class="camera__live" ref=${video} playsinline muted autoplay hidden=${state !== 'live' || Boolean(shot)} aria-label=${t('camera_live')}></video>
      ${shot && html`<img class="camera__still" src=${shot.url} alt=${t('camera_still')} />`}
      ${!shot && state !== 'live' && html`<${Trouble} state=${state} onRetry=${retry} way=${way} />`}
    </div>
    ${shot
      ? html`<${Verdict} shot=${shot} onKeep=${keep} onRetake=${done} />`
      : html`<div class="camera__foot">
        <span></span>
        <button type="button" class="camera__shutter" aria-label=${t('camera_shoot')} ref=${shutter} disabled=${state !== 'live' || busy} onClick=${shoot}></button>
        ${torch ? html`<button type="button" class="camera__way" aria-pressed=${torch.isOn} aria-label=${t('camera_torch')} onClick=${torch.toggle}><${Icon} name="torch" /></button>` : html`<span></span>`}
      </div>`}
  </dialog>`;
}

/** What the phone itself sees wrong with it, as advice: the person decides. */
function Verdict({ shot, onKeep, onRetake }) {
  const { t } = useApp();
  const heading = useRef();
  const [busy, setBusy] = useState(false);
  const [fault] = shot.faults;
  useEffect(() => heading.current.focus(), []);
  const keep = () => {
    setBusy(true);
    onKeep();
  };
  const retake = html`<button type="button" class=${`weui-btn ${fault ? 'weui-btn_primary' : 'weui-btn_default'}`} disabled=${busy} onClick=${onRetake}>${t('camera_retake')}</button>`;
  const use = html`<button type="button" class=${`weui-btn ${fault ? 'weui-btn_default' : 'weui-btn_primary'}`} disabled=${busy} onClick=${keep}>${t(fault ? 'camera_keep_anyway' : 'camera_keep')}</button>`;
  return html`<div class="camera__verdict">
    <p class=${fault ? 'camera__fault' : 'camera__fine'} role="status" tabindex="-1" ref=${heading}>
      <${Icon} name=${fault ? 'warning' : 'done'} />${t(fault ? `fault_${fault}` : 'camera_fine')}
    </p>
    <div class="camera__choice">${retake}${use}</div>
  </div>`;
}

function Trouble({ state, onRetry, way }) {
  const { t } = useApp();
  if (state === 'opening') return html`<p class="camera__word" role="status">${t('camera_opening')}</p>`;
  return html`<div class="camera__word" role="alert">
    <p>${t(`camera_${state}`)}</p>
    <button type="button" class="weui-btn weui-btn_primary" onClick=${onRetry}>${t('retry')}</button>
    ${way}
  </div>`;
}

/** The live picture: opening | live | denied | busy. Its camera is let go with the screen, and while another app is in front: what it showed before is old. */
function useLive() {
  const video = useRef();
  const [state, setState] = useState('opening');
  const [round, setRound] = useState(0);
  const [torch, setTorch] = useState(null);
  useEffect(() => {
    let stream = null;
    let isOver = false;
    let isAway = false;
    const end = () => stream?.getTracks().forEach((track) => track.stop());
    const look = () => {
      if (document.visibilityState === 'hidden' && stream && !isAway) {
        isAway = true;
        end();
        setState('opening');
      } else if (document.visibilityState === 'visible' && isAway) setRound((before) => before + 1);
    };
    document.addEventListener('visibilitychange', look);
    setState('opening');
    open(video.current).then((opened) => {
      stream = opened;
      if (isOver) return end();
      const [track] = stream.getVideoTracks();
      track.onended = () => setState('busy');
      track.onmute = () => setState('busy'); // a call came in: the picture stands still
      track.onunmute = () => setState('live');
      setTorch(track.getCapabilities?.().torch ? track : null);
      return setState('live');
    }).catch((error) => !isOver && setState(error.name === 'NotAllowedError' ? 'denied' : 'busy'));
    return () => {
      isOver = true;
      document.removeEventListener('visibilitychange', look);
      end();
    };
  }, [round]);
  return { video, state, retry: () => setRound(round + 1), fail: () => setState('busy'), torch: useTorch(torch) };
}

async function open(video) {
  const stream = await navigator.mediaDevices.getUserMedia(WANTED);
  video.srcObject = stream;
  await video.play();
  return stream;
}

function useTorch(track) {
  const [isOn, setOn] = useState(false);
  useEffect(() => setOn(false), [track]);
  if (!track) return null;
  const toggle = () => track.applyConstraints({ advanced: [{ torch: !isOn }] }).then(() => setOn(!isOn), () => {});
  return { isOn, toggle };
}

/** A dialog over the screen: the phone's own "back" closes it and leaves the conversation open. */
function useModal(onClose) {
  const dialog = useRef();
  const close = useRef();
  close.current = onClose;
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    const back = () => close.current();
    const cancel = (event) => {
      event.preventDefault();
      back();
    };
    if (element.showModal) element.showModal();
    else element.setAttribute('open', '');
    // The way back must not take the page back to where it was scrolled before: the photo stands further down.
    history.scrollRestoration = 'manual';
    history.pushState({ camera: true }, '');
    window.addEventListener('popstate', back);
    element.addEventListener('cancel', cancel);
    return () => {
      window.removeEventListener('popstate', back);
      if (history.state?.camera) history.back();
      if (element.close && element.open) element.close();
      // What opened it may be gone (with the last photo there is nothing more to take) or stand far above.
      if (before?.isConnected && before.closest('.dock')) before.focus({ preventScroll: true });
      else toQuestion();
    };
  }, []);
  return dialog;
}
