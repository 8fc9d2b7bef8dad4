// The one-time codes that stand on paper in the pictures, kept so that they are there without signal.

const NAME = 'challenges';

/**
 * `owner()` as in photos.js: a code is drawn for one person on one device. Codes are kept by conversation: what is asked for again
 * is another one, and the code of a proof that was sent is spent.
 */
export function createChallenges({ vault, api, owner, now = () => new Date() }) {
  const all = () => {
    const found = vault.get(NAME);
    return found?.owner === owner() ? found.codes : {};
  };
  const isLive = (one) => Boolean(one) && new Date(one.taken_until ?? one.valid_until) > now();
  const keep = (codes) => {
    const live = Object.fromEntries(Object.entries({ ...all(), ...codes }).filter(([, one]) => isLive(one)));
    vault.set(NAME, { owner: owner(), codes: live });
  };
  return {
    forget: () => vault.forget(NAME),
    /** `{code, valid_until, taken_until}` for pictures taken now; null where there is none, or its time is over. */
    of: (conversation) => (isLive(all()[conversation]) ? all()[conversation] : null),
    /** Was there one whose time is over? */
    isOver: (conversation) => Boolean(all()[conversation]) && !isLive(all()[conversation]),
    /** Draw codes for conversations, as many as one request may ask for. */
    draw: async (conversations) => {
      const mine = owner();
      const { items } = await api.challenges(conversations);
      if (owner() !== mine) return;
      keep(Object.fromEntries(items.map(({ conversation, ...code }) => [conversation, code])));
    },
  };
}
