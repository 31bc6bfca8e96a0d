// One door as this phone knows it: who may come, who is in, what it did and has not told yet. The rules are those
// of the server; what it says later is right.

import { isAddress, normalized, readings, wordsOf } from "./codes.mjs";
import { ADMISSIONS, DOOR, PEOPLE, SCANS, clear, put, remove } from "./store.mjs";

export const ADMIT = "admettre";
export const WALK_IN = "sur_place";
export const UNDO = "annuler";
export const ADMITTED = "admise";
export const ALREADY = "deja_admise";
export const UNKNOWN = "inconnue";
export const OTHER_EVENT = "autre_evenement";
export const CANCELLED = "annulee";
export const NOT_CHOSEN = "autre_seance";
export const UNREADABLE = "refusee";

const TO_SEND = "a_envoyer";
const SENT = "envoyee";
const ADMITS = [ADMIT, WALK_IN];

const pair = (person, sitting) => `${person}:${sitting}`;
const byTime = (one, other) => (one.a < other.a ? -1 : one.a > other.a ? 1 : one.id < other.id ? -1 : 1);

export class Door {
  constructor(store) {
    this.store = store;
    this.forget();
  }

  forget() {
    this.phone = null; // { jeton, porte, expire, ouverte, ecart, curseur, version }
    this.people = new Map();
    this.scans = new Map();
    this.admissions = new Map();
    this.index();
  }

  async load() {
    const kept = await this.store.read();
    this.phone = kept[DOOR][0] ?? null;
    this.people = new Map(kept[PEOPLE].map((person) => [person.id, person]));
    this.scans = new Map(kept[SCANS].map((scan) => [scan.id, scan]));
    this.admissions = new Map(kept[ADMISSIONS].map((admission) => [admission.cle, admission]));
    this.index();
  }

  // Hours are the server's, whatever the phone's clock shows.
  now() {
    return new Date(Date.now() + (this.phone?.ecart ?? 0));
  }

  get isOpen() {
    return this.phone !== null && !this.phone.finie;
  }

  get isOver() {
    return this.phone !== null && this.now() >= new Date(this.phone.expire);
  }

  // Who is found by which code, and who is in: made again after each change, a few milliseconds for a thousand.
  index() {
    this.byCode = new Map();
    for (const person of this.people.values()) {
      if (person.billet) this.byCode.set(person.billet, person);
      if (person.code) this.byCode.set(person.code, person);
      person.mots ??= wordsOf(`${person.prenom} ${person.nom} ${person.organisation} ${person.code}`);
    }
    const waiting = this.unsent;
    this.undone = new Set(waiting.filter((scan) => scan.action === UNDO).map((scan) => scan.annule));
    this.inside = new Map();
    for (const [key, told] of this.admissions) if (!this.undone.has(told.lecture)) this.inside.set(key, told);
    for (const scan of waiting) this.countIn(scan);
  }

  countIn(scan) {
    if (!ADMITS.includes(scan.action) || scan.personne === null || this.undone.has(scan.id)) return;
    const key = pair(scan.personne, scan.seance);
    const standing = this.inside.get(key);
    if (!standing || scan.a < standing.a) {
      this.inside.set(key, { ...scan, lecture: scan.id, porte: this.phone?.porte ?? "", cle: key });
    }
  }

  get unsent() {
    return [...this.scans.values()].filter((scan) => scan.etat === TO_SEND).sort(byTime);
  }

  get sentCount() {
    return this.scans.size - this.unsent.length;
  }

  presence(person, sitting) {
    return this.inside.get(pair(person.id, sitting)) ?? null;
  }

  counts(sitting) {
    const present = [...this.inside.values()].filter((one) => one.seance === sitting);
    // Who came without a ticket is awaited by nobody: counted while they are in, no more once taken back.
    const isAwaited = (one) => one.vient && (!one.sur_place || this.presence(one, sitting) !== null);
    const expected = [...this.people.values()].filter((one) => one.seances.includes(sitting) && isAwaited(one));
    return {
      present: present.length,
      expected: expected.length,
      children: present.reduce((sum, one) => sum + (one.enfants ?? 0), 0),
    };
  }

  // --- Finding people and judging them

  find(text) {
    if (isAddress(text)) return this.byCode.get(normalized(text)) ?? null;
    const [plain, ...others] = readings(text);
    const exact = this.byCode.get(plain);
    if (exact) return exact;
    const close = new Set(others.map((code) => this.byCode.get(code)).filter(Boolean));
    return close.size === 1 ? [...close][0] : null;
  }

  search(text) {
    const wanted = wordsOf(text);
    if (!wanted.length) return [];
    const code = normalized(text);
    const matches = (person) =>
      wanted.every((word) => person.mots.some((known) => known.startsWith(word))) ||
      (code.length >= 3 && person.code?.startsWith(code));
    return [...this.people.values()].filter(matches).sort((one, other) => (one.cle < other.cle ? -1 : 1));
  }

  judge(person, sitting) {
    if (!person) return UNKNOWN;
    if (this.presence(person, sitting)) return ALREADY;
    if (!person.vient) return CANCELLED;
    return person.seances.includes(sitting) ? ADMITTED : NOT_CHOSEN;
  }

  // --- What the host does: on the disk before anything is shown

  gesture(action, sitting, told = {}) {
    return {
      id: crypto.randomUUID(),
      action,
      seance: sitting,
      a: this.now().toISOString(),
      etat: TO_SEND,
      resultat: ADMITTED,
      personne: null,
      code: "",
      enfants: 0,
      annule: "",
      force: false,
      ...told,
    };
  }

  async keep(...scans) {
    await this.store.write(scans.map((scan) => put(SCANS, scan)));
    for (const scan of scans) this.scans.set(scan.id, scan);
    this.index();
    return scans.at(-1);
  }

  admit(person, sitting, { isForced = false, result = ADMITTED, children = person.enfants } = {}) {
    const told = { personne: person.id, code: person.billet || person.code, enfants: children, force: isForced };
    return this.keep(this.gesture(ADMIT, sitting, { ...told, resultat: result }));
  }

  // Nobody that this phone knows: the server will say who that was.
  admitUnknown(code, sitting) {
    return this.keep(this.gesture(ADMIT, sitting, { code: normalized(code), force: true, resultat: UNKNOWN }));
  }

  async walkIn({ prenom, nom, organisation, enfants }, sitting) {
    const scan = this.gesture(WALK_IN, sitting, { prenom, nom, organisation, enfants });
    scan.personne = scan.id;
    const person = {
      id: scan.id, prenom, nom, organisation, enfants,
      cle: wordsOf(`${nom} ${prenom}`).join(" "), billet: "", code: "", groupe: "", seances: [sitting], vient: true,
      sur_place: true,
    };
    await this.store.write([put(PEOPLE, person), put(SCANS, scan)]);
    this.people.set(person.id, person);
    this.scans.set(scan.id, scan);
    this.index();
    return person;
  }

  undo(presence) {
    return this.keep(this.undoing(presence));
  }

  undoing(presence) {
    const told = { personne: presence.personne, annule: presence.lecture };
    return this.gesture(UNDO, presence.seance, told);
  }

  // Scans never change: the one with the right number takes the place of the other, at the same hour.
  correctChildren(presence, person, children) {
    if (person.id === presence.lecture && this.scans.get(person.id)?.etat === TO_SEND) {
      return this.keep({ ...this.scans.get(person.id), enfants: children });
    }
    const again = this.gesture(ADMIT, presence.seance, {
      personne: person.id, code: person.billet || person.code, enfants: children, force: true, a: presence.a,
    });
    return this.keep(this.undoing(presence), again);
  }

  // The last person whom this phone let in and who still is.
  get last() {
    const mine = [...this.scans.values()].filter(
      (scan) => ADMITS.includes(scan.action) && scan.personne !== null,
    );
    const standing = mine.sort(byTime).reverse();
    for (const scan of standing) {
      const presence = this.inside.get(pair(scan.personne, scan.seance));
      if (presence?.lecture === scan.id) return presence;
    }
    return null;
  }

  // What this phone said « welcome » to, and that turns out otherwise: told by the server, then by the others.
  get conflicts() {
    const undone = new Set([...this.scans.values()].map((scan) => scan.annule).filter(Boolean));
    return [...this.scans.values()]
      .filter((scan) => scan.etat === SENT && ADMITS.includes(scan.action) && !undone.has(scan.id))
      .sort(byTime)
      .map((scan) => this.settled(scan))
      .filter(({ result, scan }) => result !== ADMITTED && result !== scan.resultat);
  }

  settled(scan) {
    if (scan.serveur !== ADMITTED && scan.serveur !== ALREADY) return { scan, result: scan.serveur, first: null };
    const first = this.admissions.get(pair(scan.personne, scan.seance)) ?? null;
    return { scan, result: first && first.lecture !== scan.id ? ALREADY : ADMITTED, first };
  }

  // --- What the server says

  async open(answer) {
    const ecart = new Date(answer.maintenant) - Date.now();
    this.phone = {
      nom: DOOR, jeton: answer.jeton, porte: answer.porte, expire: answer.expire, ouverte: answer.maintenant,
      ecart, curseur: null, version: "",
    };
    await this.store.write([put(DOOR, this.phone)]);
  }

  async setPeople(answer) {
    const waiting = this.unsent.filter((scan) => scan.action === WALK_IN).map((scan) => this.people.get(scan.id));
    const people = [...answer.personnes, ...waiting.filter(Boolean)];
    const admissions = answer.admissions.map(keyed).filter((one) => one.a !== null);
    this.phone = { ...this.phone, version: answer.version, curseur: answer.curseur };
    await this.store.write([
      clear(PEOPLE), ...people.map((person) => put(PEOPLE, person)),
      clear(ADMISSIONS), ...admissions.map((one) => put(ADMISSIONS, one)),
      put(DOOR, this.phone),
    ]);
    this.people = new Map(people.map((person) => [person.id, person]));
    this.admissions = new Map(admissions.map((one) => [one.cle, one]));
    this.index();
  }

  // One answer, one writing: a scan is « sent » and its admission is known together, or neither.
  async learn(answer) {
    const changes = [];
    for (const outcome of answer.resultats) this.settle(outcome, changes);
    for (const told of answer.admissions.map(keyed)) {
      if (told.a === null) {
        this.admissions.delete(told.cle);
        changes.push(remove(ADMISSIONS, told.cle));
      } else {
        this.admissions.set(told.cle, told);
        changes.push(put(ADMISSIONS, told));
      }
    }
    this.phone = { ...this.phone, curseur: answer.curseur, ecart: new Date(answer.maintenant) - Date.now() };
    await this.store.write([...changes, put(DOOR, this.phone)]);
    this.index();
  }

  settle(outcome, changes) {
    const scan = this.scans.get(outcome.id);
    if (!scan) return;
    const sent = { ...scan, etat: SENT, serveur: outcome.resultat, personne: outcome.personne ?? scan.personne };
    this.scans.set(sent.id, sent);
    changes.push(put(SCANS, sent));
    const walkedIn = scan.action === WALK_IN && this.people.get(scan.id);
    if (walkedIn && outcome.personne !== null) {
      this.people.delete(scan.id);
      this.people.set(outcome.personne, { ...walkedIn, id: outcome.personne });
      changes.push(remove(PEOPLE, scan.id), put(PEOPLE, this.people.get(outcome.personne)));
    }
  }

  // The server cannot read this one: it is kept to be copied, and stops the others no more.
  async setAside(scan) {
    await this.keep({ ...scan, etat: SENT, serveur: UNREADABLE });
  }

  // --- The end

  // Names go; what was not told stays, unless nothing must: codes are opaque, and people were let in by them.
  async erase({ keepsUnsent = false } = {}) {
    const kept = keepsUnsent ? this.unsent : [];
    const phone = kept.length ? { ...this.phone, finie: true } : null;
    await this.store.write([
      clear(PEOPLE), clear(ADMISSIONS), clear(SCANS), clear(DOOR),
      ...kept.map((scan) => put(SCANS, scan)), ...(phone ? [put(DOOR, phone)] : []),
    ]);
    this.forget();
    this.phone = phone;
    this.scans = new Map(kept.map((scan) => [scan.id, scan]));
    this.index();
  }
}

const keyed = (told) => ({ ...told, cle: pair(told.personne, told.seance) });
