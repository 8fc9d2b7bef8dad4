// Photos for a step: the live camera, what was taken with how it stands, and the album where the step allows it.

import { LEAST_PIXELS } from '../../../core/picture.js';
import { idsIn } from '../../../core/photos.js';
import { PhoneFull } from '../../../core/photo_store.js';
import { Camera, hasCamera } from '../parts/camera.js';
import { ChallengeBanner, useChallenge } from '../parts/challenge.js';
import { toQuestion } from '../parts/reading.js';
import { Icon } from '../parts/icons.js';
import { Safety, Thumbs, usePhotos } from '../parts/photos.js';
import { Evidence } from '../parts/evidence.js';
import { bytesOf, developedFile } from '../shooting.js';
import { html, useApp, useEffect, useState } from '../view.js';

export function Photo({ ask, value, busy, conversation, pending, retake, onAnswer }) {
  const { t } = useApp();
  const { min = 1, source = 'camera', rows = [], example, challenge: needsCode = false } = ask.constraints;
  const max = ask.constraints.max ?? Math.max(min, 20);
  const taken = useTaken({ ask, value, conversation, pending });
  const challenge = useChallenge(conversation, needsCode);
  const [open, setOpen] = useState(null);
  const [problem, setProblem] = useState('');
  const good = taken.items.filter((one) => !one.isRefused);
  useEffect(() => {
    // What comes next stands below the photos.
    if (good.length) window.scrollTo(0, document.documentElement.scrollHeight);
  }, [good.length]);
  const keep = async (shot, row) => {
    setProblem('');
    if (source === 'camera' && shot.source === 'album') return setProblem(t('photo_camera_only'));
    const trouble = await taken.keep(shot, row, challenge?.code ?? null).then(() => '', (error) => t(error instanceof PhoneFull ? 'photo_full' : 'photo_not_kept'));
    setProblem(trouble);
    if (!trouble && open?.instead) await taken.remove(open.instead);
    return !trouble && !open?.instead && good.length + 1 < max;
  };
  // The camera app cannot tell when nothing was taken: there the earlier one goes first.
  const redo = (item) => (hasCamera() ? setOpen({ row: item.row, instead: item.id }) : taken.remove(item.id));
  useEffect(() => {
    const item = retake && taken.items.find((one) => one.id === retake.photo);
    if (item && hasCamera()) redo(item);
  }, [retake]);
  const remove = async (id) => {
    setProblem('');
    await taken.remove(id);
    toQuestion();
  };
  const fileFor = (row, isCamera) => html`<${FileWay} isCamera=${isCamera} minPixels=${ask.constraints.min_pixels} onProblem=${setProblem}
    onShot=${(shot) => keep(shot, row)} onDone=${() => setOpen(null)} />`;
  const ways = (row) => good.length < max && html`<div class="shots__ways">
    ${hasCamera()
      ? html`<button type="button" class=${`weui-btn ${good.length < min ? 'weui-btn_primary' : 'weui-btn_default'}`} disabled=${busy} onClick=${() => setOpen({ row })}>
          <${Icon} name="camera" />${t(good.length ? 'photo_take_more' : 'photo_take')}</button>`
      : fileFor(row, true)}
    ${source !== 'camera' && fileFor(row, false)}
  </div>`;
  const group = (row) => {
    const items = taken.items.filter((one) => one.row === row);
    return html`<${Thumbs} ids=${items.map((one) => one.id)} conversation=${conversation} redo="photo_again"
      onRedo=${(id) => redo(items.find((one) => one.id === id))} onRemove=${remove} />`;
  };
  return html`<div class="shots">
    ${needsCode && !open && html`<${ChallengeBanner} challenge=${challenge} />`}
    ${example && html`<figure class="shots__example"><span class="shots__image"><${Evidence} photo=${example} alt=${t('photo_example')} /></span><figcaption>${t('photo_example')}</figcaption></figure>`}
    ${rows.length ? rows.map((row) => html`<fieldset key=${row.key} class="shots__row"><legend>${row.text}</legend>${group(row.key)}${ways(row.key)}</fieldset>`) : html`${group(null)}`}
    <${Safety} conversation=${conversation.turn.id} />
    <p class="next__problem" id="problem" role="alert">${problem}</p>
    ${!taken.isLasting && taken.items.length > 0 && html`<p class="remark">${t('photo_not_lasting')}</p>`}
    ${!rows.length && ways(null)}
    ${good.length >= min
      ? html`<button type="button" class="weui-btn weui-btn_primary" disabled=${busy} onClick=${() => onAnswer(taken.value())}>${t('next')}</button>`
      : html`<p class="hint">${t(min === max ? 'photo_count' : 'photo_count_range', { min, max, count: good.length })}</p>`}
    ${open && html`<${Camera} title=${ask.text} count=${open.instead ? 1 : good.length + 1} wanted=${open.instead ? 1 : good.length < min ? min : max} minPixels=${ask.constraints.min_pixels}
      challenge=${challenge} onShot=${(shot) => keep(shot, open.row)} onClose=${() => setOpen(null)} way=${fileFor(open.row, true)} />`}
  </div>`;
}

/** What was taken for this step: here, or before (then the server has it). */
function useTaken({ ask, value, conversation, pending }) {
  const { rows = [] } = ask.constraints;
  const [removed, setRemoved] = useState([]);
  const photos = usePhotos();
  const { id, subject } = conversation.turn;
  const rowOf = Object.fromEntries((Array.isArray(value) ? value : []).map((item) => [item.photo ?? item, item.row ?? null]));
  const own = photos.of(id, ask.step);
  const ids = [...new Set([...idsIn(value ?? []), ...own.map((one) => one.id)])].filter((one) => !removed.includes(one));
  const items = ids.map((one) => ({ id: one, row: rowOf[one] ?? photos.get(one)?.row ?? null, isRefused: photos.get(one)?.state === 'refused' }));
  const keep = async (shot, row, code) => {
    navigator.storage?.persist?.().catch(() => {});
    const { type, thumb, faults, source, capturedAt, blob } = shot;
    const facts = { conversation: id, begun: Boolean(conversation.begun), about: subject.id, step: ask.step, row, source, type, thumb, faults };
    await photos.add({ ...facts, challenge: code, place: placeIn(conversation, pending), captured_at: capturedAt.toISOString() }, await bytesOf(blob));
  };
  const remove = (one) => {
    setRemoved((before) => [...before, one]);
    return photos.drop(one);
  };
  const named = () => items.filter((one) => !one.isRefused).map((one) => (rows.length ? { photo: one.id, row: one.row } : one.id));
  return { items, keep, remove, value: named, isLasting: photos.isLasting() };
}

/** Where the person said to be, in this conversation and with consent; else nothing goes along. */
function placeIn({ steps, answers }, pending) {
  const step = steps.find((one) => one.kind === 'place')?.step;
  return pending.find((one) => one.step === step)?.value ?? answers[step]?.value ?? null;
}

/** A photo from the album, or from the phone's own camera app where no live picture is to be had. */
function FileWay({ isCamera, minPixels = LEAST_PIXELS, onShot, onProblem, onDone }) {
  const { t } = useApp();
  const choose = async (event) => {
    const [file] = event.target.files;
    event.target.value = '';
    if (!file) return;
    const shot = await developedFile(file, minPixels, isCamera);
    if (!shot) onProblem(t('photo_unreadable'));
    else await onShot(shot);
    onDone();
  };
  return html`<label class="weui-btn weui-btn_default shots__file">
    <${Icon} name=${isCamera ? 'camera' : 'album'} />${t(isCamera ? 'photo_take_app' : 'photo_album')}
    <input class="shots__choose" type="file" accept="image/*" capture=${isCamera ? 'environment' : undefined} onChange=${choose} />
  </label>`;
}
