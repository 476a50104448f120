// The camera: frames go to the server over a WebSocket, outlines come back and are drawn on the
// picture. At most two frames are under way, so that a slow server sees fewer, newer frames.

import {models, openLive} from './api.js';
import {strokePath} from './viewer.js';

const UNDER_WAY = 2;
const LONGER_SIDE = 448;
const PATIENCE_MS = 2000;

const byId = (id) => document.getElementById(id);

export class Camera {
  /** Calls `onKeep(blob, name)` with each frozen frame and `onSay(text)` for screen readers. */
  constructor({onKeep, onSay}) {
    this.onKeep = onKeep;
    this.onSay = onSay;
    this.video = byId('video');
    this.canvas = byId('live');
    this.small = document.createElement('canvas');
    byId('camera-start').addEventListener('click', () => (this.session ? this.stop() : this.start()));
    byId('freeze').addEventListener('click', () => this.freeze());
    byId('cameras').addEventListener('change', () => {
      this.stop();
      this.start();
    });
  }

  async start() {
    // The browser may ask the user first; what is stopped or begun anew until then is no longer wanted.
    const session = {};
    this.stop();
    this.session = session;
    const error = byId('camera-error');
    error.hidden = true;
    if (!navigator.mediaDevices) {
      error.textContent = 'The browser gives the camera only to pages of this machine (127.0.0.1) or over https.';
      error.hidden = false;
      this.session = null;
      return;
    }
    try {
      // The server is there, and its token too, before the browser asks about the camera.
      await models();
    } catch (e) {
      if (this.session !== session) return;
      this.stop();
      error.textContent = e.message;
      error.hidden = false;
      return;
    }
    if (this.session !== session) return;
    try {
      const chosen = byId('cameras').value;
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: {
          width: {ideal: 1280},
          height: {ideal: 960},
          ...(chosen ? {deviceId: {exact: chosen}} : {facingMode: 'environment'}),
        },
      });
      if (this.session !== session) {
        stream.getTracks().forEach((track) => track.stop());
        return;
      }
      this.stream = stream;
      this.video.srcObject = stream;
      await this.video.play();
      if (this.session !== session) return;
    } catch (e) {
      if (this.session !== session) return;
      this.stop();
      error.textContent = e.name === 'NotFoundError'
          ? 'No camera was found. Connect one and try again.'
          : e.name === 'NotAllowedError'
              ? 'The browser was not allowed to use the camera. Allow it beside the address and try again.'
              : `The camera does not start: ${e.message}`;
      error.hidden = false;
      return;
    }
    this.running = true;
    this.sent = new Map();
    this.count = 0;
    this.answers = [];
    this.latencies = [];
    byId('camera-view').classList.add('on');
    byId('camera-idle').hidden = true;
    byId('camera-start').textContent = 'Stop the camera';
    byId('freeze').disabled = false;
    this.listCameras();
    this.connect();
    this.timer = setInterval(() => this.report(), 500);
    this.onSay('The camera is on');
  }

  async listCameras() {
    const cameras = (await navigator.mediaDevices.enumerateDevices())
        .filter(({kind}) => kind === 'videoinput');
    const select = byId('cameras');
    const current = this.stream.getVideoTracks()[0]?.getSettings().deviceId;
    select.replaceChildren(...cameras.map(({deviceId, label}, i) =>
        new Option(label || `Camera ${i + 1}`, deviceId, false, deviceId === current)));
    byId('cameras-label').hidden = cameras.length < 2;
  }

  connect() {
    const socket = openLive();
    this.socket = socket;
    socket.addEventListener('open', () => this.next());
    socket.addEventListener('message', ({data}) => {
      if (socket === this.socket) this.answered(JSON.parse(data));
    });
    socket.addEventListener('close', ({code}) => {
      if (!this.running || socket !== this.socket) return;
      this.stop();
      const error = byId('camera-error');
      error.textContent = {
        1001: 'The server is stopping.',
        1008: 'The server does not take the token any more. Start the camera again.',
        1013: 'Too many cameras are in use; try again later.',
      }[code] ?? 'The connection to the server ended. Start the camera again.';
      error.hidden = false;
    });
  }

  stop() {
    this.session = null;
    this.running = false;
    clearInterval(this.timer);
    this.socket?.close();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
    this.canvas.getContext('2d').clearRect(0, 0, this.canvas.width, this.canvas.height);
    byId('camera-view').classList.remove('on');
    byId('camera-idle').hidden = false;
    byId('camera-start').textContent = 'Start the camera';
    byId('freeze').disabled = true;
    byId('live-advice').textContent = '';
    for (const id of ['fps', 'latency', 'live-confidence', 'live-area']) byId(id).textContent = '–';
  }

  /** Sends the newest frame, if there is one and not too many are under way. */
  next() {
    if (!this.running || this.sending || this.socket.readyState !== WebSocket.OPEN) return;
    const now = performance.now();
    // The server drops frames without a word; such a frame must not be waited for.
    const awaited = [...this.sent.values()].filter((time) => now - time < PATIENCE_MS);
    const {videoWidth, videoHeight} = this.video;
    if (awaited.length >= UNDER_WAY || !videoWidth) {
      this.soon();
      return;
    }
    const scale = Math.min(1, LONGER_SIDE / Math.max(videoWidth, videoHeight));
    this.small.width = Math.round(videoWidth * scale);
    this.small.height = Math.round(videoHeight * scale);
    this.small.getContext('2d').drawImage(this.video, 0, 0, this.small.width, this.small.height);
    this.sending = true;
    const taken = performance.now();
    this.small.toBlob((blob) => {
      this.sending = false;
      if (blob && this.running && this.socket.readyState === WebSocket.OPEN) {
        this.socket.send(blob);
        this.sent.set(++this.count, taken);
      }
      this.soon();
    }, 'image/jpeg', 0.85);
  }

  /** Once for each frame of the camera. */
  soon() {
    if (this.waiting || !this.running) return;
    this.waiting = true;
    const go = () => {
      this.waiting = false;
      this.next();
    };
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(go);
    else requestAnimationFrame(go);
  }

  answered(answer) {
    if (!this.running) return;
    const now = performance.now();
    const taken = this.sent.get(answer.frame);
    // Frames before this one were dropped.
    for (const number of this.sent.keys()) if (number <= answer.frame) this.sent.delete(number);
    if (answer.error) return;
    this.answers.push(now);
    if (taken) this.latencies.push(now - taken);
    this.last = answer;
    this.draw(answer);
  }

  draw({width, height, contours}) {
    const {canvas} = this;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    const c = canvas.getContext('2d');
    // As the video beneath is laid out: as large as fits, in the middle.
    const scale = Math.min(canvas.width / width, canvas.height / height);
    c.setTransform(
        scale, 0, 0, scale, (canvas.width - width * scale) / 2, (canvas.height - height * scale) / 2);
    const path = new Path2D();
    for (const xy of contours) {
      path.moveTo(xy[0], xy[1]);
      for (let i = 2; i < xy.length; i += 2) path.lineTo(xy[i], xy[i + 1]);
      path.closePath();
    }
    strokePath(c, path, (2.5 * ratio) / scale);
  }

  report() {
    const now = performance.now();
    this.answers = this.answers.filter((time) => now - time < 2000);
    this.latencies = this.latencies.slice(-30);
    const sorted = [...this.latencies].sort((a, b) => a - b);
    byId('fps').textContent = `${(this.answers.length / 2).toFixed(1)} FPS`;
    byId('latency').textContent = sorted.length ? `${Math.round(sorted[sorted.length >> 1])} ms` : '–';
    if (!this.last) return;
    const {mean_confidence: mean, predicted_jaccard: jaccard, area_px: area, width, height} = this.last;
    const advice = this.last.advice ? `${this.last.advice[0].toUpperCase()}${this.last.advice.slice(1)}.` : '';
    // Set only when it changes, or it would be read out again and again.
    if (byId('live-advice').textContent !== advice) byId('live-advice').textContent = advice;
    const share = jaccard ?? mean;
    byId('live-confidence').textContent = share === null ? 'no lesion' : `${Math.round(100 * share)} %`;
    byId('live-area').textContent = `${((100 * area) / (width * height)).toFixed(1)} %`;
  }

  freeze() {
    if (!this.running) return;
    const full = document.createElement('canvas');
    full.width = this.video.videoWidth;
    full.height = this.video.videoHeight;
    full.getContext('2d').drawImage(this.video, 0, 0);
    const time = new Date().toTimeString().slice(0, 8).replaceAll(':', '-');
    full.toBlob((blob) => this.onKeep(blob, `camera-${time}.jpg`), 'image/jpeg', 0.95);
  }
}
