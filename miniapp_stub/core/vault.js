// The one place that knows where a phone keeps what must outlive the page.

const PREFIX = 'partnerline.';

/** Small JSON values by name, kept in a Storage-like object (localStorage; in the mini-program the synchronous wx storage). */
export function createVault(storage) {
  return {
    get(name) {
      try {
        return JSON.parse(storage.getItem(PREFIX + name));
      } catch {
        return null;
      }
    },
    set(name, value) {
      storage.setItem(PREFIX + name, JSON.stringify(value));
    },
    forget(name) {
      storage.removeItem(PREFIX + name);
    },
  };
}

/** A Storage that lasts as long as the page, for browsers that refuse to keep anything. */
export function memoryStorage() {
  const values = new Map();
  return {
    getItem: (key) => (values.has(key) ? values.get(key) : null),
    setItem: (key, value) => values.set(key, String(value)),
    removeItem: (key) => values.delete(key),
  };
}

/** `storage` when it really keeps values, else a Storage in memory: a full or forbidden one must not stop the work. */
export function workingStorage(open) {
  try {
    const storage = open();
    storage.setItem(`${PREFIX}probe`, '1');
    storage.removeItem(`${PREFIX}probe`);
    return storage;
  } catch {
    return memoryStorage();
  }
}
