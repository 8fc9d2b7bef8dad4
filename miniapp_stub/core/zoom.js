// How a picture moves under fingers: pure figures, in pixels of the screen. A view is {scale, x, y}, at rest {1, 0, 0}.

export const AT_REST = { scale: 1, x: 0, y: 0 };
const CLOSEST = 5;
const DOUBLE_TAP = 2.5;
// Shorter, slower or steeper than this is no swipe.
const SWIPE_PX = 48;

/** The view after scaling by `factor` around a point counted from the middle of the frame; that point stays where it is. */
export function scaled(view, factor, point, frame) {
  const scale = Math.min(CLOSEST, Math.max(1, view.scale * factor));
  const by = scale / view.scale;
  return within({ scale, x: point.x - (point.x - view.x) * by, y: point.y - (point.y - view.y) * by }, frame);
}

/** The view after a finger moved; the picture never leaves its frame. */
export const moved = (view, dx, dy, frame) => within({ ...view, x: view.x + dx, y: view.y + dy }, frame);

/** Near where it was tapped, or back at rest. */
export const toggled = (view, point, frame) => (view.scale > 1 ? AT_REST : scaled(view, DOUBLE_TAP, point, frame));

function within({ scale, x, y }, { width, height }) {
  const clamp = (value, size) => {
    const most = (size * (scale - 1)) / 2;
    return Math.min(most, Math.max(-most, value)) || 0;
  };
  return { scale, x: clamp(x, width), y: clamp(y, height) };
}

/** Where two fingers are, as their middle and their distance. */
export function pinchOf([a, b]) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.hypot(a.x - b.x, a.y - b.y) };
}

/** 1 to the next picture, -1 to the one before, 0 where the finger's way was none of both. */
export function swipeOf(view, dx, dy) {
  if (view.scale > 1 || Math.abs(dx) < SWIPE_PX || Math.abs(dx) < 2 * Math.abs(dy)) return 0;
  return dx < 0 ? 1 : -1;
}
