// A signature drawn with the finger; whoever cannot draw types the name. Kept and sent like a photo.

import { PhoneFull } from '../../../core/photo_store.js';
import { Facts } from '../parts/transcript.js';
import { bytesOf, exported } from '../shooting.js';
import { html, useApp, useEffect, useRef, useState } from '../view.js';

const TYPE = 'image/png';
const PEN = 2.6;

export function Signature({ ask, busy, conversation, onAnswer }) {
  const app = useApp();
  const { t } = app;
  const pad = usePad();
  const [problem, setProblem] = useState('');
  const [name, setName] = useState(null);
  const done = async () => {
    if (pad.isEmpty) return setProblem(t('signature_empty'));
    const kept = await keep(app, ask, conversation, pad.canvas.current).catch((error) => error);
    if (kept instanceof Error) return setProblem(t(kept instanceof PhoneFull ? 'photo_full' : 'photo_not_kept'));
    return onAnswer(kept.id);
  };
  const type = (event) => {
    setName(event.target.value);
    pad.write(event.target.value.trim());
  };
  return html`<div class="signature">
    <${Terms} terms=${ask.constraints.preview} />
    <canvas class="signature__pad" ref=${pad.canvas} role="img" aria-label=${t(pad.isEmpty ? 'signature_pad' : 'signature_drawn')}></canvas>
    <div class="signature__ways">
      <button type="button" class="link" onClick=${() => setName(name === null ? '' : null)} aria-expanded=${name !== null}>${t('signature_type')}</button>
      <button type="button" class="link" disabled=${pad.isEmpty} onClick=${pad.clear}>${t('signature_clear')}</button>
    </div>
    ${name !== null && html`<div class="field"><input class="field__input" value=${name} autocomplete="name" maxlength="40" aria-label=${t('signature_name')} onInput=${type} /></div>`}
    <p class="next__problem" id="problem" role="alert">${problem}</p>
    <button type="button" class="weui-btn weui-btn_primary" disabled=${busy} onClick=${done}>${t('signature_done')}</button>
  </div>`;
}

/** What one puts one's name to. */
function Terms({ terms }) {
  if (!terms) return null;
  return html`<div class="preview"><p class="preview__text">${terms.text}</p><${Facts} facts=${terms.facts} /></div>`;
}

async function keep({ photos }, ask, conversation, canvas) {
  const { turn: { id, subject }, begun } = conversation;
  const facts = { conversation: id, begun: Boolean(begun), about: subject.id, step: ask.step, source: 'camera', type: TYPE };
  const bytes = await bytesOf(await exported(canvas, TYPE));
  return photos.add({ ...facts, thumb: canvas.toDataURL(TYPE), captured_at: new Date().toISOString() }, bytes);
}

/** A white pad as wide as the screen. */
function usePad() {
  const canvas = useRef();
  const [isEmpty, setEmpty] = useState(true);
  const clear = () => {
    blank(canvas.current);
    setEmpty(true);
  };
  const write = (name) => {
    blank(canvas.current);
    setEmpty(!name);
    typed(canvas.current, name);
  };
  useEffect(() => {
    blank(canvas.current);
    return drawing(canvas.current, () => setEmpty(false));
  }, []);
  return { canvas, isEmpty, clear, write };
}

function blank(canvas) {
  const sharp = Math.min(2, window.devicePixelRatio || 1);
  canvas.width = canvas.clientWidth * sharp;
  canvas.height = canvas.clientHeight * sharp;
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(sharp, sharp);
  Object.assign(pen, { lineWidth: PEN, lineCap: 'round', lineJoin: 'round', strokeStyle: '#111', fillStyle: '#111' });
}

function typed(canvas, name) {
  const pen = canvas.getContext('2d');
  const size = Math.min(56, (1.6 * canvas.clientWidth) / Math.max(1, [...name].length));
  Object.assign(pen, { font: `italic ${size}px cursive`, textAlign: 'center', textBaseline: 'middle' });
  pen.fillText(name, canvas.clientWidth / 2, canvas.clientHeight / 2, canvas.clientWidth - 20);
}

/** Follow the finger (or mouse); gives the way to end that. */
function drawing(canvas, onStroke) {
  let last = null;
  const at = (event) => [event.offsetX, event.offsetY];
  const begin = (event) => {
    event.preventDefault();
    canvas.setPointerCapture?.(event.pointerId);
    last = at(event);
    onStroke();
    stroke(canvas, last, last);
  };
  const follow = (event) => {
    if (!last) return;
    const next = at(event);
    stroke(canvas, last, next);
    last = next;
  };
  const end = () => {
    last = null;
  };
  const ears = { pointerdown: begin, pointermove: follow, pointerup: end, pointercancel: end };
  for (const [name, listen] of Object.entries(ears)) canvas.addEventListener(name, listen);
  return () => Object.entries(ears).forEach(([name, listen]) => canvas.removeEventListener(name, listen));
}

function stroke(canvas, from, to) {
  const pen = canvas.getContext('2d');
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(to[0] + 0.01, to[1]);
  pen.stroke();
}
