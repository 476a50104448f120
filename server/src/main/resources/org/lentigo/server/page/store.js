// What the browser keeps between visits: photos, their outlines and edits. It lies in this browser's
// own storage for this address, and nothing of it leaves the machine.

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('lentigo', 1);
    request.onupgradeneeded = () => {
      // Apart, so that an edit does not write the photo anew.
      request.result.createObjectStore('photos', {keyPath: 'id', autoIncrement: true});
      request.result.createObjectStore('edits', {keyPath: 'id'});
    };
    request.onsuccess = () => {
      request.result.onclose = () => {
        opened = null;
      };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** What `work(photos, edits)` makes of both, once it is written. */
async function transact(mode, work) {
  const transaction = (await database()).transaction(['photos', 'edits'], mode);
  return new Promise((resolve, reject) => {
    let result;
    transaction.oncomplete = () => resolve(result());
    transaction.onabort = () => reject(transaction.error);
    result = work(transaction.objectStore('photos'), transaction.objectStore('edits'));
  });
}

/** Keeps a photo; gives the number by which it goes from then on. */
export function add(file, name) {
  return transact('readwrite', (photos) => {
    const added = photos.add({file, name});
    return () => added.result;
  });
}

/** Keeps what was made of a photo, unless the photo was forgotten meanwhile, in whatever tab. */
export function save(id, made) {
  return transact('readwrite', (photos, edits) => {
    const known = photos.getKey(id);
    known.onsuccess = () => {
      if (known.result === id) edits.put({...made, id});
    };
    return () => undefined;
  });
}

/** All that is kept, in the order in which it came: {id, file, name, made}. */
export function all() {
  return transact('readonly', (photos, edits) => {
    const kept = photos.getAll();
    const made = edits.getAll();
    return () => {
      const byId = new Map(made.result.map((each) => [each.id, each]));
      return kept.result.map((photo) => ({...photo, made: byId.get(photo.id)}));
    };
  });
}

export function remove(id) {
  return transact('readwrite', (photos, edits) => {
    photos.delete(id);
    edits.delete(id);
    return () => undefined;
  });
}

export function clear() {
  return transact('readwrite', (photos, edits) => {
    photos.clear();
    edits.clear();
    return () => undefined;
  });
}

/** For small values; where the browser blocks storage it keeps none, and the page goes on. */
function small(storage) {
  const attempt = (work) => {
    try {
      return work(storage());
    } catch {
      return null;
    }
  };
  return {
    get: (name) => attempt((values) => values.getItem(name)),
    set: (name, value) => attempt((values) => values.setItem(name, value)),
  };
}

export const inTab = small(() => sessionStorage);
export const inBrowser = small(() => localStorage);
