// Asks the service worker to keep this page; resolves to whether it will open without network.

const PATIENCE_MS = 20_000;

const activated = (worker) =>
  new Promise((resolve) => {
    const look = () => worker.state === "activated" && resolve(worker);
    worker.addEventListener("statechange", look);
    look();
  });

const asked = (worker, path) =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(resolve, PATIENCE_MS, false);
    worker.postMessage({ garder: path }, [port2]);
  });

export async function keepShell(address) {
  if (!("serviceWorker" in navigator)) return false;
  try {
    const registration = await navigator.serviceWorker.register(address);
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    return await asked(await activated(worker), location.pathname);
  } catch {
    // Without network, or signed out: what was kept at the last visit is still there.
    return navigator.serviceWorker.controller !== null;
  }
}
