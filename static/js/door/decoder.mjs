// Our own reading of QR codes, for browsers that have none (Safari, Firefox): in a worker, else on the page itself. It
// asks nothing of the network.

const PATIENCE_MS = 5000;

export class Decoder {
  constructor() {
    this.worker = null;
    this.isAlone = false; // no worker here: the page reads by itself
    this.answer = null;
  }

  // The text of the code in what a canvas gives; empty when there is none. One picture at a time.
  async read(image) {
    if (!this.isAlone) this.hire();
    if (this.isAlone) return (await import("./qr.mjs")).decode(image);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.dismiss(), PATIENCE_MS);
      this.answer = (text) => {
        clearTimeout(timer);
        this.answer = null;
        resolve(text);
      };
      this.worker.postMessage(image, [image.data.buffer]);
    });
  }

  hire() {
    if (this.worker) return;
    try {
      this.worker = new Worker(new URL("./reader.mjs", import.meta.url), { type: "module" });
    } catch {
      this.isAlone = true;
      return;
    }
    this.worker.addEventListener("message", ({ data: text }) => this.answer?.(text));
    this.worker.addEventListener("error", () => {
      this.isAlone = true;
      this.dismiss();
    });
  }

  // A phone short of memory ends workers without a word: the next picture hires another.
  dismiss() {
    this.worker?.terminate();
    this.worker = null;
    this.answer?.("");
  }
}
