// Talks to the server that the page came from, and to no other.

let token = new URLSearchParams(location.hash.slice(1)).get('token') ?? sessionStorage.getItem('token');
if (location.hash.includes('token=')) {
  // Out of the address bar, where it could be read over a shoulder or end up in a bookmark.
  history.replaceState(null, '', location.pathname);
}
if (token) sessionStorage.setItem('token', token);

export function currentToken() {
  return token;
}

/** Asks for the token in a dialog; one dialog however many requests wait for it. */
let asking = null;
function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById('token');
    dialog.addEventListener('close', () => {
      token = document.getElementById('token-value').value.trim();
      sessionStorage.setItem('token', token);
      asking = null;
      resolve();
    }, {once: true});
    dialog.showModal();
  });
  return asking;
}

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** A request that is tried again when the server is busy, and with a token when it wants one. */
async function request(path, options) {
  for (let attempt = 0; ; attempt++) {
    const headers = {...options.headers};
    if (token) headers.Authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(path, {...options, headers});
    } catch {
      throw new Error('The server does not answer. Is Lentigo still running?');
    }
    if (response.ok) return response;
    if (response.status === 401) {
      await askForToken();
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
    if (token) socket.send(`Bearer ${token}`);
  });
  return socket;
}
