// Fingers, wheel and keys on a picture, as the view that follows from them (see core/zoom.js).

import { AT_REST, moved, pinchOf, scaled, swipeOf, toggled } from '../../../core/zoom.js';
import { useEffect, useRef, useState } from '../view.js';

const DOUBLE_TAP_MS = 300;
const TAP_PX = 10;
const NO_TAP = { at: -Infinity };

/** `{style, isNear, closer, rest}` of the picture in `stage`; `onSwipe(1 | -1)` where it was swiped away. */
export function useZoom(stage, onSwipe, photo) {
  const [view, setView] = useState(AT_REST);
  const live = useRef();
  live.current = { view, setView, onSwipe };
  useEffect(() => setView(AT_REST), [photo]);
  useEffect(() => fingers(stage.current, live), []);
  const middle = { x: 0, y: 0 };
  return {
    style: { transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` },
    isNear: view.scale > 1,
    closer: () => setView(scaled(view, 1.6, middle, sizeOf(stage.current))),
    rest: () => setView(AT_REST),
  };
}

const sizeOf = (stage) => ({ width: stage.clientWidth, height: stage.clientHeight });

/** A pointer's place counted from the middle of the stage. */
function placeOf(stage, event) {
  const box = stage.getBoundingClientRect();
  return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
}

function fingers(stage, live) {
  const down = new Map();
  let start = null;
  let lastTap = NO_TAP;
  const change = (next) => live.current.setView(next);
  const press = (event) => {
    if (event.target.closest('button')) return; // what captures a finger also takes its click
    stage.setPointerCapture(event.pointerId);
    down.set(event.pointerId, placeOf(stage, event));
    start = down.size === 1 ? placeOf(stage, event) : null;
  };
  const drag = (event) => {
    if (!down.has(event.pointerId)) return;
    const before = [...down.values()];
    down.set(event.pointerId, placeOf(stage, event));
    change(followed(live.current.view, before, [...down.values()], sizeOf(stage)));
  };
  const lift = (event) => {
    down.delete(event.pointerId);
    if (start && down.size === 0) lastTap = ended(start, placeOf(stage, event), event.timeStamp, lastTap);
    start = null;
  };
  const ended = (from, to, at, before) => {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const by = swipeOf(live.current.view, dx, dy);
    if (by) live.current.onSwipe(by);
    if (Math.hypot(dx, dy) > TAP_PX) return NO_TAP;
    const tap = { at, ...to };
    if (tap.at - before.at > DOUBLE_TAP_MS) return tap;
    change(toggled(live.current.view, to, sizeOf(stage)));
    return NO_TAP;
  };
  const turn = (event) => {
    event.preventDefault();
    change(scaled(live.current.view, event.deltaY < 0 ? 1.2 : 1 / 1.2, placeOf(stage, event), sizeOf(stage)));
  };
  return listen(stage, { pointerdown: press, pointermove: drag, pointerup: lift, pointercancel: lift, wheel: turn });
}

/** The view after fingers went from one set of places to another: one moves it, two also bring it nearer. */
function followed(view, before, after, frame) {
  if (after.length === 1) return view.scale > 1 ? moved(view, after[0].x - before[0].x, after[0].y - before[0].y, frame) : view;
  const [old, now] = [pinchOf(before), pinchOf(after)];
  const nearer = scaled(view, old.spread ? now.spread / old.spread : 1, now, frame);
  return moved(nearer, now.x - old.x, now.y - old.y, frame);
}

function listen(stage, handlers) {
  for (const [name, handler] of Object.entries(handlers)) stage.addEventListener(name, handler, { passive: false });
  return () => {
    for (const [name, handler] of Object.entries(handlers)) stage.removeEventListener(name, handler);
  };
}
