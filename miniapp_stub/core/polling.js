// Asking again only while somebody looks, and less and less often while nothing happens.

const FIRST_MS = 15000;
const LONGEST_MS = 120000;

/**
 * Call `look` now and then; it gives true when something changed. Runs only while `visible()`.
 * Gives `{wake, stop}`: wake looks at once, for a page that comes back to the front or a phone that found signal.
 */
export function poll(look, { visible, first = FIRST_MS, later = setTimeout, cancel = clearTimeout }) {
  let wait = first;
  let timer = null;
  let stopped = false;
  let newest = 0;
  const round = async () => {
    newest += 1;
    const mine = newest;
    const changed = visible() ? await look().catch(() => false) : false;
    wait = changed ? first : Math.min(wait * 1.5, LONGEST_MS);
    // Woken while it looked: the newer round goes on, and there is still only one.
    if (!stopped && mine === newest) timer = later(round, wait);
  };
  const wake = () => {
    cancel(timer);
    wait = first;
    return round();
  };
  return {
    wake,
    stop() {
      stopped = true;
      cancel(timer);
    },
  };
}
