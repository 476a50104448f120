// Talks to the server that the page came from, and to no other.

import {inTab} from './store.js';

/** What a header can hold. */
const SENDABLE = /^[!-~]+$/;
const SILENT = 'The server does not answer. Is Lentigo still running?';
const byId = (id) => document.getElementById(id);

let token = new URLSearchParams(location.hash.slice(1)).get('token') ?? inTab.get('token');
if (location.hash.includes('token=')) {
  // Out of the address bar, where it could be read over a shoulder or end up in a bookmark.
  history.replaceState(null, '', location.pathname);
}
if (token) inTab.set('token', token);

/** The server wants its token, and whoever sits here did not give one. */
export class NoToken extends Error {
  constructor() {
    super('The server wants its token, and this page has none.');
  }
}

let declined = false;
let tellToken = () => {};

/** Calls `listener(has)` when the token was asked for in vain, and when it came after all. */
export function onToken(listener) {
  tellToken = listener;
}

/** Asks once more, after it was declined. */
export async function enterToken() {
  try {
    await askForToken();
    declined = false;
    tellToken(true);
  } catch {
    // Declined again.
  }
}

/** Asks in a dialog, which stays until the token is right or it is left; one for all requests. */
let asking = null;
function askForToken() {
  asking ??= new Promise((resolve, reject) => {
    const dialog = byId('token');
    const field = byId('token-value');
    const complain = (text) => {
      byId('token-wrong').textContent = text;
      byId('token-wrong').hidden = !text;
      field.setAttribute('aria-invalid', String(Boolean(text)));
      if (!text) return;
      field.focus();
      field.select();
    };
    let accepted = false;
    const submit = async (event) => {
      event.preventDefault();
      complain('');
      const typed = field.value.trim();
      const reason = await objection(typed);
      if (!dialog.open) return;
      if (reason) {
        complain(reason);
        return;
      }
      token = typed;
      inTab.set('token', token);
      accepted = true;
      dialog.close();
    };
    byId('token-form').addEventListener('submit', submit);
    byId('token-cancel').onclick = () => dialog.close();
    dialog.addEventListener('close', () => {
      byId('token-form').removeEventListener('submit', submit);
      field.value = '';
      asking = null;
      if (accepted) {
        resolve();
      } else {
        declined = true;
        tellToken(false);
        reject(new NoToken());
      }
    }, {once: true});
    dialog.showModal();
    complain(token ? 'The token that this page has is wrong, or the server was started anew with another.' : '');
  });
  return asking;
}

/** Why the server does not take this token; null if it does. */
async function objection(typed) {
  const wrong = 'This token is wrong. The server printed the right one when it was started.';
  if (!SENDABLE.test(typed)) return wrong;
  try {
    const {ok, status} = await fetch('/v1/models', {headers: {Authorization: `Bearer ${typed}`}});
    if (ok) return null;
    return status === 401 ? wrong : `The server answered ${status}. Try again.`;
  } catch {
    return SILENT;
  }
}

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** A request that is tried again when the server is busy, and with a token when it wants one. */
async function request(path, options) {
  for (let attempt = 0; ; attempt++) {
    if (declined) throw new NoToken();
    const shown = token;
    const headers = {...options.headers};
    if (shown && SENDABLE.test(shown)) headers.Authorization = `Bearer ${shown}`;
    let response;
    try {
      response = await fetch(path, {...options, headers});
    } catch {
      throw new Error(SILENT);
    }
    if (response.ok) return response;
    if (response.status === 401) {
      // Unless another request has asked for it meanwhile.
      if (token === shown) await askForToken();
    } else if (response.status === 429 && attempt < 20) {
      await wait(Number(response.headers.get('Retry-After')) || 1);
    } else {
      const problem = await response.json().catch(() => ({}));
      throw new Error(problem.detail ?? `The server answered ${response.status}.`);
    }
  }
}

export async function models() {
  return (await request('/v1/models', {})).json();
}

/** The answer about a photo: JSON, or a Blob where another type is asked for. */
export async function segment(file, name, type = 'application/json', query = '') {
  const form = new FormData();
  form.append('image', file, name);
  const response = await request(
      `/v1/segmentations${query}`, {method: 'POST', body: form, headers: {Accept: type}});
  return type === 'application/json' ? response.json() : response.blob();
}

/** Opens the WebSocket for live frames. */
export function openLive() {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/live`);
  socket.addEventListener('open', () => {
    if (token && SENDABLE.test(token)) socket.send(`Bearer ${token}`);
  });
  return socket;
}
