// Reading QR codes: by the browser where it knows how, else by the server, some frames each second.

const EVERY_MS = 250;
const SAME_CODE_MS = 4000;
const FRAME_WIDTH = 800;
const PHOTO_WIDTH = 1600;
const QUALITY = 0.7;

async function makeDetector() {
  if (!("BarcodeDetector" in window)) return null;
  const known = await BarcodeDetector.getSupportedFormats();
  return known.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
}

function drawn(source, width, height, widest) {
  const scale = Math.min(1, widest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

export class Camera {
  // `read(picture)` asks the server; `oncode(text)` is told each code once; `onstate(name)` what to say.
  constructor(video, { read, oncode, onstate }) {
    Object.assign(this, { video, read, oncode, onstate });
    this.stream = null;
    this.detector = makeDetector();
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
    const detector = await this.detector;
    while (this.isOn) {
      const begun = performance.now();
      const codes = await this.frame(detector);
      for (const text of codes) this.see(text);
      await new Promise((resolve) => setTimeout(resolve, Math.max(20, EVERY_MS - (performance.now() - begun))));
    }
  }

  async frame(detector) {
    if (!this.video.videoWidth || document.visibilityState === "hidden") return [];
    if (detector) {
      this.onstate("camera_active");
      return (await detector.detect(this.video).catch(() => [])).map((code) => code.rawValue);
    }
    if (!navigator.onLine) {
      this.onstate("camera_reseau");
      return [];
    }
    try {
      const picture = await drawn(this.video, this.video.videoWidth, this.video.videoHeight, FRAME_WIDTH);
      const { codes } = await this.read(picture);
      this.onstate("camera_active");
      return codes;
    } catch {
      this.onstate("camera_reseau");
      return [];
    }
  }

  see(text) {
    const now = performance.now();
    const isSame = text === this.last.text && now - this.last.at < SAME_CODE_MS;
    this.last = { text, at: now };
    if (!isSame) this.oncode(text);
  }

  async photo(file) {
    try {
      const bitmap = await createImageBitmap(file);
      const detector = await this.detector;
      const codes = detector
        ? (await detector.detect(bitmap)).map((code) => code.rawValue)
        : (await this.read(await drawn(bitmap, bitmap.width, bitmap.height, PHOTO_WIDTH))).codes;
      bitmap.close();
      if (codes.length) this.oncode(codes[0]);
      else this.onstate("photo_rien");
    } catch {
      this.onstate(navigator.onLine ? "photo_illisible" : "camera_reseau");
    }
  }
}
