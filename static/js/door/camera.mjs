// Reading QR codes: by the browser where it knows how, else by our own decoder, which needs no network; with network,
// the server looks as well, now and then, at what neither could read.

import { Decoder } from "./decoder.mjs";

const EVERY_MS = 150;
const SAME_CODE_MS = 4000;
const SERVER_MS = 1000;
const SERVER_AWAY_MS = 8000;
const FRAME_WIDTH = 800;
const PHOTO_WIDTH = 1600;
const QUALITY = 0.7;

async function makeDetector() {
  if (!("BarcodeDetector" in window)) return null;
  const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return known.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
}

// The picture on a canvas, no larger than what is needed to read it.
function drawn(source, width, height, widest) {
  const scale = Math.min(1, widest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const pixels = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
const packed = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));

export class Camera {
  // `read(picture)` asks the server; `oncode(text)` is told each code once; `onstate(name)` what to say.
  constructor(video, { read, oncode, onstate }) {
    Object.assign(this, { video, read, oncode, onstate });
    this.stream = null;
    this.detector = makeDetector();
    this.decoder = new Decoder();
    this.serverAt = 0;
    this.last = { text: "", at: 0 };
  }

  get isOn() {
    return this.stream !== null;
  }

  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false,
      });
    } catch {
      this.onstate("camera_refusee");
      return;
    }
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
    this.onstate("camera_active");
    this.look();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.video.hidden = true;
    this.onstate("");
  }

  async look() {
    while (this.isOn) {
      const begun = performance.now();
      const text = await this.frame();
      if (text && this.isOn) this.see(text);
      await new Promise((resolve) => setTimeout(resolve, Math.max(20, EVERY_MS - (performance.now() - begun))));
    }
  }

  async frame() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth || document.visibilityState === "hidden") return "";
    return this.find(this.video, videoWidth, videoHeight, FRAME_WIDTH, () => this.isTimeForServer());
  }

  // The code in that picture, by whoever reads it first; empty when nobody does.
  async find(source, width, height, widest, mayAsk) {
    const detector = await this.detector;
    if (detector) {
      try {
        return (await detector.detect(source))[0]?.rawValue ?? "";
      } catch {
        this.detector = null; // it says that it reads codes, and does not: we do it ourselves
      }
    }
    const canvas = drawn(source, width, height, widest);
    return (await this.decoder.read(pixels(canvas))) || (mayAsk() ? this.ask(canvas) : "");
  }

  isTimeForServer() {
    return navigator.onLine && performance.now() >= this.serverAt;
  }

  async ask(canvas) {
    try {
      const { codes } = await this.read(await packed(canvas));
      this.serverAt = performance.now() + SERVER_MS;
      return codes[0] ?? "";
    } catch {
      this.serverAt = performance.now() + SERVER_AWAY_MS;
      return "";
    }
  }

  see(text) {
    const now = performance.now();
    const isSame = text === this.last.text && now - this.last.at < SAME_CODE_MS;
    this.last = { text, at: now };
    if (!isSame) this.oncode(text);
  }

  async photo(file) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      this.onstate("photo_illisible");
      return;
    }
    const text = await this.find(bitmap, bitmap.width, bitmap.height, PHOTO_WIDTH, () => navigator.onLine);
    bitmap.close();
    if (text) this.oncode(text);
    else this.onstate("photo_rien");
  }
}
