// Telling the server, whenever it can be reached; what it has not answered stays to be told. Sent twice, a scan
// counts once: each has its own identifier.

const AT_ONCE = 500;
const EVERY_MS = 10_000;
const LONGEST_MS = 120_000;
const PATIENCE_MS = 15_000;

export const STATES = {
  IDLE: "repos", OFFLINE: "hors_ligne", SLOW: "lent", SIGN_IN: "connexion", STRANGER: "etranger",
  REFUSED: "refuse",
};

export class Failure extends Error {
  constructor(state, status = 0) {
    super(state);
    this.state = state;
    this.status = status;
  }
}

// 401, 403, and the redirection to the sign-in page: the queue waits for a person, not for the network.
function failureOf(response) {
  if (response.type === "opaqueredirect" || response.status === 401) return new Failure(STATES.SIGN_IN);
  if (response.status === 403) return new Failure(STATES.REFUSED, 403);
  if (response.status === 404) return new Failure(STATES.STRANGER, 404);
  if (response.status === 429) return new Failure(STATES.SLOW, 429);
  return new Failure(STATES.OFFLINE, response.status);
}

export class Server {
  constructor(page) {
    this.addresses = page;
    this.csrf = page.csrf;
    this.token = "";
  }

  async ask(address, options = {}) {
    let response;
    try {
      response = await fetch(address, {
        redirect: "manual", cache: "no-store", credentials: "same-origin",
        signal: AbortSignal.timeout(options.patience ?? PATIENCE_MS), ...options,
        headers: { Accept: "application/json", "X-CSRFToken": this.csrf, "X-Appareil": this.token, ...options.headers },
      });
      if (response.ok) return await response.json();
    } catch {
      throw new Failure(STATES.OFFLINE);
    }
    throw failureOf(response);
  }

  // A page kept since another session carries an old token: the list brings a new one.
  async post(address, body, options = {}) {
    const send = () =>
      this.ask(address, {
        method: "POST", body: JSON.stringify(body), ...options,
        headers: { "Content-Type": "application/json" },
      });
    try {
      return await send();
    } catch (failure) {
      if (failure.status !== 400 || !this.token) throw failure;
      await this.people();
      return send();
    }
  }

  open(door) {
    return this.post(this.addresses.open, { porte: door });
  }

  async people() {
    const answer = await this.ask(this.addresses.people);
    this.csrf = answer.csrf;
    return answer;
  }

  tell(report) {
    return this.post(this.addresses.told, report);
  }

  verify(code, patience) {
    return this.post(this.addresses.verify, { code }, { patience });
  }

  read(picture) {
    return this.ask(this.addresses.read, { method: "POST", body: picture, headers: { "Content-Type": picture.type } });
  }
}

const message = (scan) => ({
  id: scan.id, action: scan.action, seance: scan.seance, a: scan.a, code: scan.code, enfants: scan.enfants,
  annule: scan.annule, force: scan.force,
  ...(scan.prenom === undefined ? {} : { prenom: scan.prenom, nom: scan.nom, organisation: scan.organisation }),
});

export class Sync {
  constructor(door, server, { onchange, onrevoked, onover }) {
    Object.assign(this, { door, server, onchange, onrevoked, onover });
    this.state = STATES.IDLE;
    this.wait = EVERY_MS;
    this.timer = 0;
    this.running = null;
    this.isAskedAgain = false;
    this.isStarted = false;
  }

  start() {
    if (this.isStarted) return this.now();
    this.isStarted = true;
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.say(STATES.OFFLINE));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
    return this.now();
  }

  // At once, whatever happened before; called during another one, it comes right after.
  now() {
    this.wait = EVERY_MS;
    if (this.running) {
      this.isAskedAgain = true;
      return this.running;
    }
    this.running = this.untilTold().finally(() => {
      this.running = null;
      this.plan();
    });
    return this.running;
  }

  async untilTold() {
    do {
      this.isAskedAgain = false;
      await this.once();
    } while (this.isAskedAgain);
  }

  plan() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const wait = this.wait;
      this.now();
      this.wait = wait;
    }, this.wait);
  }

  say(state) {
    this.state = state;
    this.onchange();
  }

  async once() {
    if (!this.door.phone) return;
    if (!navigator.onLine) return this.say(STATES.OFFLINE);
    try {
      this.server.token = this.door.phone.jeton;
      await this.exchange();
      this.wait = EVERY_MS;
      this.say(STATES.IDLE);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (failure.status === 410) return this.onrevoked();
      this.wait = Math.min(this.wait * 2, LONGEST_MS);
      this.say(failure.state);
    }
  }

  async exchange() {
    let answer;
    do {
      answer = await this.tell(this.door.unsent.slice(0, AT_ONCE));
    } while (this.door.unsent.length);
    if (answer.effacer) return this.onover();
    if (answer.version !== this.door.phone.version) await this.door.setPeople(await this.server.people());
  }

  // A scan that the server cannot take must not hold back the others: it is found by halves.
  async tell(scans) {
    const report = { maintenant: this.door.now().toISOString(), lectures: scans.map(message), depuis: this.door.phone.curseur };
    try {
      const answer = await this.server.tell(report);
      await this.door.learn(answer);
      this.onchange();
      return answer;
    } catch (failure) {
      if (![409, 422].includes(failure.status) || !scans.length) throw failure;
      if (scans.length === 1) {
        await this.door.setAside(scans[0]);
        return this.tell([]);
      }
      const half = Math.ceil(scans.length / 2);
      await this.tell(scans.slice(0, half));
      return this.tell(scans.slice(half));
    }
  }
}
