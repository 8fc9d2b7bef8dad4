// Conversations that ask for photos, kept as they last stood: they go on without signal wherever the phone takes them.

const NAME = 'remembered';
const MOST = 30;
// 400 KB where a Storage takes two bytes for a character.
const MOST_CHARACTERS = 200000;

/** `key()` names person, organisation and language. An item is `{id, address, conversation}`, the newest first (see conversation.js). */
export function createRemembered({ vault, key }) {
  const all = () => {
    const found = vault.get(NAME);
    return found?.key === key() ? found.items : [];
  };
  const keep = (id, address, conversation) => {
    const before = all().find((one) => one.id === id);
    const others = all().filter((one) => one.id !== id);
    const one = { id, address: address ?? before?.address ?? null, conversation };
    const isOpen = conversation.turn.state === 'asking' && asksForPhotos(conversation.steps);
    if (isOpen || before) save(vault, key(), isOpen ? [one, ...others] : others);
  };
  return {
    forget: () => vault.forget(NAME),
    /** The conversation at an address (`task/…`) or with an id; null where none is kept. */
    of: (address) => all().find((one) => one.address === address || one.id === address)?.conversation ?? null,
    keep: (address, conversation) => keep(conversation.turn.id, address, conversation),
  };
}

export const asksForPhotos = (steps) => steps.some((step) => step.kind === 'photo' || step.kind === 'signature');

function save(vault, key, items) {
  const kept = items.slice(0, MOST);
  while (JSON.stringify(kept).length > MOST_CHARACTERS) kept.pop();
  try {
    vault.set(NAME, { key, items: kept });
  } catch {
    vault.forget(NAME);
  }
}
