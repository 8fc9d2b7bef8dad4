// A photo on the whole screen: two fingers or a double tap bring it near, a swipe or the arrow keys show the next.

import { html, useApp, useEffect, useLayoutEffect, useRef, useState } from '../view.js';
import { Icon } from './icons.js';
import { usePicture } from './evidence.js';
import { Reasons } from './reasons.js';
import { useZoom } from './zooming.js';

/** `pictures` are `{photo, alt, title, reasons}`; `code` is what should stand on paper where a picture names none. */
export function Viewer({ pictures, at: first, code, onClose }) {
  const { t } = useApp();
  const [at, setAt] = useState(first);
  const frame = useRef();
  const close = useWayBack(onClose);
  useModal(frame);
  const picture = pictures[at];
  const written = picture.code ?? code;
  const step = (by) => setAt((before) => Math.min(pictures.length - 1, Math.max(0, before + by)));
  const stage = useRef();
  const zoom = useZoom(stage, step, picture.photo);
  const keys = { Escape: close, ArrowRight: () => step(1), ArrowLeft: () => step(-1), '+': zoom.closer, '-': zoom.rest };
  const press = (event) => keys[event.key]?.();
  return html`<div class="viewer" role="dialog" aria-modal="true" aria-label=${picture.title} ref=${frame} tabindex="-1" onKeyDown=${press}>
    <div class="viewer__bar">
      <button type="button" class="viewer__button" aria-label=${t('viewer_close')} onClick=${close}><${Icon} name="close" /></button>
      <span class="viewer__at" aria-live="polite">${pictures.length > 1 && t('viewer_at', { at: at + 1, count: pictures.length })}</span>
      <button type="button" class="viewer__button" aria-label=${t(zoom.isNear ? 'viewer_out' : 'viewer_in')} onClick=${zoom.isNear ? zoom.rest : zoom.closer}><${Icon} name=${zoom.isNear ? 'out' : 'in'} /></button>
    </div>
    <div class="viewer__stage" ref=${stage}><${Large} key=${picture.photo} picture=${picture} style=${zoom.style} /></div>
    <${Side} name="back" text=${t('viewer_before')} shown=${at > 0} onPress=${() => step(-1)} />
    <${Side} name="next" text=${t('viewer_next')} shown=${at < pictures.length - 1} onPress=${() => step(1)} />
    <div class="viewer__words">
      <p class="viewer__title">${picture.title}${written && html`<span class="viewer__code">${t('viewer_code')} <b>${written}</b></span>`}</p>
      <${Reasons} reasons=${picture.reasons} />
    </div>
  </div>`;
}

/** The small picture at once, the large one as soon as it has come. */
function Large({ picture, style }) {
  const { t } = useApp();
  const small = usePicture(picture.photo, 'thumb');
  const large = usePicture(picture.photo, 'full');
  const address = large.address ?? small.address;
  return html`
    ${address && html`<img class="viewer__img" style=${style} src=${address} alt=${picture.alt} draggable=${false} />`}
    ${!large.address && !large.problem && html`<p class="viewer__coming" role="status"><i class="weui-primary-loading" aria-hidden="true"></i>${t('loading')}</p>`}
    ${large.problem && html`<button type="button" class="viewer__coming" onClick=${large.again}>${t('picture_missing')}</button>`}`;
}

function Side({ name, text, shown, onPress }) {
  if (!shown) return null;
  return html`<button type="button" class=${`viewer__button viewer__side viewer__side_${name}`} aria-label=${text} onClick=${onPress}><${Icon} name=${name} /></button>`;
}

/** The phone's own way back closes the picture and not the screen behind it; gives the function that closes it. */
function useWayBack(onClose) {
  const isClosing = useRef(false);
  useLayoutEffect(() => {
    window.history.pushState({ viewer: true }, '');
    window.addEventListener('popstate', onClose);
    return () => window.removeEventListener('popstate', onClose);
  }, []);
  // A second tap before the first has had its effect would leave the screen behind as well.
  return () => {
    if (!isClosing.current) window.history.back();
    isClosing.current = true;
  };
}

/** The focus is in the dialog and stays there; at the end it is where it was. The page behind does not scroll. */
function useModal(frame) {
  useEffect(() => {
    const before = document.activeElement;
    const keep = (event) => {
      if (!frame.current?.contains(event.target)) frame.current?.focus();
    };
    frame.current.focus();
    document.addEventListener('focusin', keep);
    document.body.classList.add('still');
    return () => {
      document.removeEventListener('focusin', keep);
      document.body.classList.remove('still');
      before?.focus({ preventScroll: true });
    };
  }, []);
}
