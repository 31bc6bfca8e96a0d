// What the phone keeps of one door: in IndexedDB, written for good before a promise resolves. When the phone
// can keep nothing more, memory takes over and `isLasting` says so.

export const PEOPLE = "personnes";
export const SCANS = "lectures";
export const ADMISSIONS = "admissions";
export const DOOR = "porte";

const KEYS = { [PEOPLE]: "id", [SCANS]: "id", [ADMISSIONS]: "cle", [DOOR]: "nom" };
const STORES = Object.keys(KEYS);
const VERSION = 1;

export const put = (store, value) => ({ store, value });
export const remove = (store, key) => ({ store, key });
export const clear = (store) => ({ store, isClearing: true });

function connect(name) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, VERSION);
    opening.onupgradeneeded = () => {
      for (const store of STORES) opening.result.createObjectStore(store, { keyPath: KEYS[store] });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new DOMException("", "AbortError"));
  });
}

const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });

export async function openStore(name) {
  try {
    return new Store(await connect(name));
  } catch {
    return new Store(null);
  }
}

class Store {
  constructor(database) {
    this.database = database;
    this.onlost = () => {};
    if (database) database.onclose = () => this.lose();
  }

  get isLasting() {
    return this.database !== null;
  }

  async read() {
    if (!this.isLasting) return Object.fromEntries(STORES.map((store) => [store, []]));
    const transaction = this.database.transaction(STORES, "readonly");
    const asked = STORES.map((store) => [store, transaction.objectStore(store).getAll()]);
    await finished(transaction);
    return Object.fromEntries(asked.map(([store, request]) => [store, request.result]));
  }

  // All of these changes or none of them. Resolves once they are on the disk.
  async write(changes) {
    if (!this.isLasting || !changes.length) return;
    try {
      await finished(this.begin(changes));
    } catch {
      this.lose();
    }
  }

  begin(changes) {
    const names = [...new Set(changes.map(({ store }) => store))];
    const transaction = this.database.transaction(names, "readwrite", { durability: "strict" });
    try {
      for (const change of changes) {
        const store = transaction.objectStore(change.store);
        if (change.isClearing) store.clear();
        else if ("value" in change) store.put(change.value);
        else store.delete(change.key);
      }
    } catch (error) {
      transaction.abort();
      throw error;
    }
    return transaction;
  }

  // The disk is full, or the browser took the place back: what follows lives as long as the page.
  lose() {
    if (!this.isLasting) return;
    this.database = null;
    this.onlost();
  }
}
