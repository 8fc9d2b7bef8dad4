// Where a phone keeps photos until they are safe: facts and bytes apart, so that a list needs no bytes.

const NAME = 'partnerline';
const STORES = ['facts', 'bytes'];

/** No room left on the phone. What was kept before is untouched. */
export class PhoneFull extends Error {}

/**
 * Photos in IndexedDB; `all()` gives the facts, `bytes(id)` the picture. Kept as plain bytes: some web views lose Blobs.
 * Where the phone refuses to keep anything they last as long as the page (`lasting` is then false).
 */
export async function openPhotoStore(indexedDB) {
  try {
    return stored(indexedDB, await opened(indexedDB));
  } catch {
    return memoryPhotoStore();
  }
}

function opened(indexedDB) {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('facts', { keyPath: 'id' });
    request.result.createObjectStore('bytes');
  };
  return resultOf(request);
}

const resultOf = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function stored(indexedDB, first) {
  let connection = Promise.resolve(first);
  // A phone that was locked for a while may have closed the connection (iOS does): it is opened again, once each time.
  const withDatabase = (work) => connection.then(work).catch((error) => {
    if (error instanceof PhoneFull) throw error;
    connection.then((database) => database.close()).catch(() => {});
    connection = opened(indexedDB);
    return connection.then(work);
  });
  const read = (store, ask) => withDatabase((database) => resultOf(ask(database.transaction(store).objectStore(store))));
  const write = (work) => withDatabase((database) => written(database, work));
  return {
    lasting: true,
    all: () => read('facts', (facts) => facts.getAll()),
    bytes: (id) => read('bytes', (bytes) => bytes.get(id)),
    /** Both or neither: done when the phone has really written them. Throws PhoneFull. */
    put: (facts, bytes) => write((store) => {
      store('facts').put(facts);
      if (bytes) store('bytes').put(bytes, facts.id);
    }),
    /** The bytes are no longer needed: the server has them. */
    settle: (facts) => write((store) => {
      store('facts').put(facts);
      store('bytes').delete(facts.id);
    }),
    remove: (id) => write((store) => STORES.forEach((name) => store(name).delete(id))),
  };
}

function written(database, work) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORES, 'readwrite');
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(full(transaction.error));
    work((name) => transaction.objectStore(name));
  });
}

const full = (error) => (error?.name === 'QuotaExceededError' ? new PhoneFull(error.message) : (error ?? new PhoneFull()));

/** The same for as long as the page is open. */
export function memoryPhotoStore() {
  const facts = new Map();
  const bytes = new Map();
  return {
    lasting: false,
    all: async () => [...facts.values()],
    bytes: async (id) => bytes.get(id),
    put: async (one, picture) => {
      facts.set(one.id, one);
      if (picture) bytes.set(one.id, picture);
    },
    settle: async (one) => {
      facts.set(one.id, one);
      bytes.delete(one.id);
    },
    remove: async (id) => {
      facts.delete(id);
      bytes.delete(id);
    },
  };
}
