// The page of the door: what the host does, in the order in which it is done. Rules are in door.mjs, the network in
// sync.mjs.

import { Camera } from "./camera.mjs";
import { isAddress, looksLikeCode, normalized } from "./codes.mjs";
import { ALREADY, CANCELLED, Door, NOT_CHOSEN, OTHER_EVENT, ADMITTED, UNKNOWN } from "./door.mjs";
import { mayGoDark, signal, stayAwake, wakeSound } from "./feedback.mjs";
import { KINDS, Screen } from "./screen.mjs";
import { keepShell } from "./shell.mjs";
import { openStore } from "./store.mjs";
import { Failure, STATES, Server, Sync } from "./sync.mjs";

const VERIFY_MS = 2500;
const CHECK_DAY_MS = 20_000;

const page = document.getElementById("porte");
const element = (id) => document.getElementById(id);

const store = await openStore(`pavois-porte-${page.dataset.event}`);
const door = new Door(store);
const server = new Server(page.dataset);
const screen = new Screen(page, door);
const sync = new Sync(door, server, { onchange: refresh, onrevoked: revoked, onover: dayIsOver });
const camera = new Camera(element("camera"), {
  read: (picture) => server.read(picture),
  oncode: read,
  onstate: (name) => screen.sayCamera(name),
});

const sitting = () => Number(element("seance").value);

// --- The life of the list on this phone

async function begin() {
  store.onlost = () => screen.warn("avis_memoire");
  await door.load();
  if (!store.isLasting) screen.warn("avis_memoire");
  if (door.isOver) await dayIsOver();
  refresh();
  if (door.isOpen) enter();
  screen.showReady(await keepShell(page.dataset.worker));
}

function enter() {
  screen.chooseSitting(door.now());
  screen.focusSearch();
  stayAwake();
  sync.start();
}

async function openList(event) {
  event.preventDefault();
  wakeSound();
  screen.hush();
  try {
    const answer = await server.open(element("nom-porte").value);
    server.token = answer.jeton;
    const people = await server.people();
    await door.open(answer);
    await door.setPeople(people);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return screen.explain(failure.state, "avis_ouvrir_reseau");
  }
  navigator.storage?.persist?.();
  sync.state = STATES.IDLE;
  screen.hush();
  refresh();
  enter();
}

async function dayIsOver() {
  const waiting = door.unsent.length;
  await stop({ keepsUnsent: true });
  screen.warn(waiting ? "avis_minuit_reste" : "avis_minuit", { n: waiting });
  if (waiting) sync.start();
}

async function revoked() {
  await stop();
  screen.warn("avis_retire");
}

async function stop(options) {
  camera.stop();
  mayGoDark();
  await door.erase(options);
  screen.clear();
  refresh();
}

function refresh() {
  screen.draw(sync.state, sitting());
  screen.explain(sync.state);
}

// --- Reading and judging

async function read(text) {
  if (!door.isOpen || !text.trim()) return;
  const person = door.find(text);
  if (person) return receive(person);
  return refuseUnknown(text);
}

async function receive(person, { isForced = false } = {}) {
  const where = sitting();
  const result = door.judge(person, where);
  if (result === ADMITTED || isForced) {
    await door.admit(person, where, { isForced, result: result === NOT_CHOSEN ? ADMITTED : result });
    sync.now();
    return show(isForced && result === ALREADY ? ALREADY : ADMITTED, person, { isDone: true });
  }
  return show(result, person);
}

// The phone's list may be older than the ticket: with network, the server is asked before anybody is turned away.
async function refuseUnknown(text) {
  const code = normalized(text);
  let result = UNKNOWN;
  let isKnown = false;
  if (navigator.onLine) {
    screen.wait();
    try {
      ({ resultat: result } = await server.verify(code, VERIFY_MS));
      isKnown = true;
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
    }
  }
  if ([ADMITTED, CANCELLED].includes(result)) {
    await sync.now();
    const person = door.find(text);
    if (person) return receive(person);
    result = UNKNOWN;
  }
  return show(result, null, { code, isCertain: isKnown });
}

function show(result, person, { code = "", isDone = false, isCertain = false } = {}) {
  const where = sitting();
  const presence = person ? door.presence(person, where) : null;
  const acts = [];
  const add = (word, act, kind = "secondary") => acts.push({ word, act, kind });
  if (result === ADMITTED || isDone) add("annuler", () => undo(presence, person));
  else if (result === ALREADY) add("quand_meme", () => receive(person, { isForced: true }));
  else if (result === NOT_CHOSEN) add("admettre_quand_meme", () => receive(person, { isForced: true }));
  else if (result === CANCELLED) add("sur_place", () => openWalkIn(person));
  else {
    if (result !== OTHER_EVENT && !isCertain) add("quand_meme", () => forceUnknown(code));
    add("sur_place", () => openWalkIn());
  }
  screen.showResult({ result, person, presence, code, where, acts, isCertain, onchildren: (n) => children(person, n) });
  refresh();
  signal(element("resultat"), KINDS[result]);
}

async function forceUnknown(code) {
  await door.admitUnknown(code, sitting());
  sync.now();
  screen.showResult({ result: ADMITTED, person: null, presence: null, code, where: sitting(), acts: [] });
  refresh();
  signal(element("resultat"), "good");
}

async function undo(presence, person) {
  if (!presence) return;
  await door.undo(presence);
  sync.now();
  screen.showResult({ result: "retiree", person, presence: null, code: "", where: presence.seance, acts: [] });
  refresh();
  signal(element("resultat"), "hold");
}

async function children(person, n) {
  const presence = door.presence(person, sitting());
  if (!presence || n < 0) return;
  await door.correctChildren(presence, person, n);
  sync.now();
  show(ADMITTED, person);
}

// --- The field, the lists, the dialogs

function search() {
  const text = element("saisie").value;
  if (text) screen.hideResult(); // what is typed now is somebody else
  screen.showPeople(isAddress(text) ? [] : door.search(text), text, sitting(), { onadmit: choose, onundo: undo });
}

function choose(person) {
  wakeSound();
  leaveSearch();
  return receive(person);
}

function leaveSearch() {
  element("saisie").value = "";
  search();
}

// Enter: a code if it is one, the only person found otherwise. Readers of codes at hand type, then press Enter.
async function submit(event) {
  event.preventDefault();
  wakeSound();
  const text = element("saisie").value;
  const person = looksLikeCode(text) ? door.find(text) : null;
  const found = door.search(text);
  if (person || (looksLikeCode(text) && !found.length)) {
    leaveSearch();
    await read(text);
  } else if (found.length === 1) {
    await choose(found[0]);
  } else {
    search();
  }
}

function openWalkIn(person = null) {
  element("formulaire-sur-place").reset();
  if (person) {
    for (const name of ["prenom", "nom", "organisation"]) element(name).value = person[name];
  }
  element("dialogue-sur-place").showModal();
}

async function registerWalkIn(event) {
  if (event.submitter?.value !== "oui") return;
  const told = Object.fromEntries(["prenom", "nom", "organisation"].map((name) => [name, element(name).value.trim()]));
  const person = await door.walkIn({ ...told, enfants: Number(element("enfants").value) || 0 }, sitting());
  sync.now();
  show(ADMITTED, person);
}

async function toggleCamera() {
  wakeSound();
  stayAwake();
  if (camera.isOn) camera.stop();
  else await camera.start();
  screen.showCamera(camera.isOn);
}

async function finish(event) {
  if (event.submitter?.value !== "oui") return;
  await stop();
  screen.warn("avis_efface");
}

element("ouverture").addEventListener("submit", openList);
element("recherche").addEventListener("submit", submit);
element("saisie").addEventListener("input", search);
element("seance").addEventListener("change", () => {
  screen.hideResult();
  search();
  refresh();
});
element("lire").addEventListener("click", toggleCamera);
element("photo").addEventListener("change", async ({ target }) => {
  wakeSound();
  if (target.files.length) await camera.photo(target.files[0]);
  target.value = "";
});
element("sur-place").addEventListener("click", () => openWalkIn());
element("formulaire-sur-place").addEventListener("submit", registerWalkIn);
element("defaire").addEventListener("click", () => undo(door.last, door.people.get(door.last?.personne) ?? null));
element("envoyer").addEventListener("click", () => sync.now());
element("terminer").addEventListener("click", () => {
  screen.askEnd(door.unsent.length);
  element("dialogue-terminer").showModal();
});
element("dialogue-terminer").querySelector("form").addEventListener("submit", finish);
for (const button of page.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  if (door.isOpen) stayAwake();
  if (door.people.size && door.isOver) dayIsOver();
});
setInterval(() => door.people.size && door.isOver && dayIsOver(), CHECK_DAY_MS);

await begin();
page.dataset.ready = "";
