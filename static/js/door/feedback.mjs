// What a host perceives without reading: a sound made on the spot, a vibration, a large patch of colour.

const SOUNDS = {
  good: { notes: [[880, 0], [1320, 0.09]], length: 0.2 },
  hold: { notes: [[520, 0], [520, 0.16]], length: 0.3 },
  bad: { notes: [[220, 0]], length: 0.45 },
};
const VIBRATIONS = { good: [60], hold: [60, 60, 60], bad: [250, 80, 250] };
const VOLUME = 0.25;
const FLASH_MS = 2000;
const WAKING_MS = 400;

let audio = null;

// Browsers make sounds only once somebody has touched the page.
export function wakeSound() {
  if (!audio && "AudioContext" in window) audio = new AudioContext();
  audio?.resume().catch(() => {});
}

// The very first sound comes while the browser still wakes: it waits for it, not for long.
async function play(kind) {
  if (!audio) return;
  if (audio.state !== "running") {
    await Promise.race([audio.resume(), new Promise((resolve) => setTimeout(resolve, WAKING_MS))]).catch(() => {});
  }
  if (audio.state === "running") sound(SOUNDS[kind], kind);
}

function sound({ notes, length }, kind) {
  for (const [pitch, delay] of notes) {
    const from = audio.currentTime + delay;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    tone.type = kind === "bad" ? "square" : "sine";
    volume.gain.setValueAtTime(VOLUME, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + length - delay);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + length - delay);
  }
}

let timer = 0;

export function signal(box, kind) {
  play(kind);
  navigator.vibrate?.(VIBRATIONS[kind]);
  box.dataset.kind = kind;
  box.dataset.fresh = "";
  clearTimeout(timer);
  timer = setTimeout(() => delete box.dataset.fresh, FLASH_MS);
}

// The screen of a phone that waits for the next person must not go dark; browsers take the lock back when another page
// is before this one. `lock` is the promise of one, so that it is asked once.
let lock = null;

export async function stayAwake() {
  if (lock || !("wakeLock" in navigator)) return;
  const asked = navigator.wakeLock.request("screen");
  lock = asked;
  const letGo = () => {
    if (lock === asked) lock = null;
  };
  try {
    (await asked).addEventListener("release", letGo, { once: true });
  } catch {
    letGo();
  }
}

// The list is closed: the battery is the phone's again.
export async function mayGoDark() {
  const held = await lock?.catch(() => null);
  lock = null;
  await held?.release();
}
