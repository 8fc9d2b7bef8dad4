// One photo of the server on the screen: fetched when it comes near, with a calm place until it is there.

import { isNotReady } from '../../../core/pictures.js';
import { html, useApp, useEffect, useRef, useState } from '../view.js';
import { Icon } from './icons.js';

// A little before it comes into sight: who scrolls on should not wait.
const AHEAD = '300px';

/** `alt` is what a person who does not see it is told. */
export function Evidence({ photo, alt, size = 'thumb' }) {
  const frame = useRef();
  const isNear = useNearness(frame);
  const { address, problem, again } = usePicture(photo, size, isNear);
  return html`<span class="evidence" ref=${frame}>
    ${address && html`<img class="evidence__img" src=${address} alt=${alt} draggable=${false} />`}
    ${problem && html`<${Missing} problem=${problem} alt=${alt} onAgain=${again} />`}
    ${!address && !problem && html`<${Coming} alt=${alt} />`}
  </span>`;
}

function Coming({ alt }) {
  const { t } = useApp();
  return html`<span class="evidence__coming" role="img" aria-label=${`${alt} · ${t('picture_coming')}`}><${Icon} name="image" />${t('picture_coming')}</span>`;
}

/** Not a button: it stands inside one that opens the photo. */
function Missing({ problem, alt, onAgain }) {
  const { t } = useApp();
  const text = t(isNotReady(problem) ? 'picture_not_ready' : 'picture_missing');
  const press = (event) => {
    event.stopPropagation();
    event.preventDefault();
    onAgain();
  };
  return html`<span class="evidence__coming" role="img" aria-label=${`${alt} · ${text}`} onClick=${press}><${Icon} name="changed" />${text}</span>`;
}

/** `{address, problem, again}` of a photo while this place shows it; nothing is fetched before `isWanted`. */
export function usePicture(photo, size, isWanted = true) {
  const { pictures } = useApp();
  const [state, setState] = useState({});
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setState({});
    if (!isWanted || !photo) return undefined;
    let isShown = true;
    const { address, release } = pictures.take(photo, size);
    const tell = (news) => isShown && setState(news);
    address.then((found) => tell({ address: found }), (problem) => tell({ problem }));
    return () => {
      isShown = false;
      release();
    };
  }, [photo, size, isWanted, attempt]);
  return { ...state, again: () => setAttempt(attempt + 1) };
}

/** Has this place come near the screen once? */
function useNearness(frame) {
  const [isNear, setNear] = useState(!window.IntersectionObserver);
  useEffect(() => {
    if (isNear) return undefined;
    const seen = (entries) => entries.some((one) => one.isIntersecting) && setNear(true);
    const observer = new IntersectionObserver(seen, { rootMargin: AHEAD });
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, [isNear]);
  return isNear;
}
