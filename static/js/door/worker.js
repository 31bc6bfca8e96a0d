// Keeps the page of the door and the files it is made of, so that it opens without network. People are never
// kept here: their list is asked and stored by the page itself. SHELL is written above by the server.

/* global SHELL */

const PREFIX = "porte-";
const CACHE = `${PREFIX}${SHELL.version}`;
const FILES = new Set(SHELL.files);
const IS_DOOR = /^\/gestion\/accueil\/\d+$/;
const PATIENCE_MS = 4000;

const fresh = (address) => new Request(address, { cache: "reload", credentials: "same-origin" });

async function keepPage(cache, address) {
  const response = await fetch(fresh(address), { redirect: "error" });
  if (response.ok) await cache.put(address, response);
  return response.ok;
}

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.files.map(fresh));
  await self.skipWaiting();
}

// Doors opened under another version stay within reach, in the new one.
async function activate() {
  const cache = await caches.open(CACHE);
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === CACHE) continue;
    const old = await caches.open(name);
    const doors = (await old.keys()).map((request) => new URL(request.url).pathname).filter((path) => IS_DOOR.test(path));
    await Promise.allSettled(doors.map((path) => keepPage(cache, path)));
    await caches.delete(name);
  }
  await self.clients.claim();
}

// The network first, so that a person who may not stand here any more learns it; the copy when it is silent.
async function openDoor(request) {
  const cache = await caches.open(CACHE);
  const path = new URL(request.url).pathname;
  const kept = await cache.match(path);
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const asked = fetch(request).catch(() => undefined);
  const response = await Promise.race([asked, late]);
  if (!response || response.status >= 500) return kept;
  if (response.ok && !response.redirected) await cache.put(path, response.clone());
  return response;
}

async function openFile(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (event.request.mode === "navigate" && IS_DOOR.test(address.pathname)) {
    event.respondWith(openDoor(event.request));
  } else if (FILES.has(address.pathname + address.search)) {
    event.respondWith(openFile(event.request));
  }
});

// Without network, the copy of an earlier visit is as good.
async function isKept(address) {
  const cache = await caches.open(CACHE);
  const isFresh = await keepPage(cache, address).catch(() => false);
  return isFresh || (await cache.match(address)) !== undefined;
}

// The page says that it is open: from now on it opens again without network.
self.addEventListener("message", (event) => {
  const { garder } = event.data ?? {};
  if (!IS_DOOR.test(garder)) return;
  event.waitUntil(isKept(garder).then((answer) => event.ports[0].postMessage(answer)));
});
