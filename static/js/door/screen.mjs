// What the page shows; it decides nothing.

import { ADMITTED, ALREADY, NOT_CHOSEN, UNKNOWN } from "./door.mjs";
import { STATES } from "./sync.mjs";
import { count, hourIn, say } from "./words.mjs";

const MOST_PEOPLE = 12;
const SHORTEST = 2;

export const KINDS = {
  admise: "good", deja_admise: "hold", autre_seance: "hold", retiree: "hold", annulee: "bad", inconnue: "bad",
  autre_evenement: "bad",
};

const ICONS = {
  good: "M4 13l5 5L20 6",
  hold: "M12 4v10M12 18v2",
  bad: "M5 5l14 14M19 5L5 19",
};

const element = (id) => document.getElementById(id);

function make(tag, { text = "", kind = "", ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (kind) made.className = kind;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const nameOf = (person) => [person.prenom, person.nom].filter(Boolean).join(" ");
const lowered = (door) => door.charAt(0).toLowerCase() + door.slice(1);

export class Screen {
  constructor(page, door) {
    this.page = page;
    this.door = door;
    this.hour = hourIn(page.dataset.zone);
    this.sittings = [...document.querySelectorAll("#seance option, input#seance")].map((one) => ({
      id: Number(one.value), text: one.dataset.text ?? one.textContent.trim(), day: one.dataset.day, starts: one.dataset.starts,
    }));
  }

  // The sitting that is on, or the next of the day: the list may have been opened on the eve.
  chooseSitting(now) {
    const today = new Intl.DateTimeFormat("fr-CA", { timeZone: this.page.dataset.zone, dateStyle: "short" }).format(now);
    const ofToday = this.sittings.filter((one) => one.day === today);
    const soon = new Date(now.getTime() + 3_600_000);
    const begun = ofToday.filter((one) => one.starts && new Date(one.starts) <= soon);
    const chosen = begun.at(-1) ?? ofToday[0];
    if (chosen) element("seance").value = String(chosen.id);
  }

  draw(state, sitting) {
    element("ouverture").hidden = this.door.isOpen;
    element("accueil").hidden = !this.door.isOpen;
    this.drawState(state);
    if (!this.door.isOpen) return;
    const { present, expected } = this.door.counts(sitting);
    element("compte").textContent = count(expected ? "compte" : "compte_libre", present, { total: expected });
    element("defaire").disabled = this.door.last === null;
    this.drawCounts(sitting);
    this.drawConflicts();
    const { porte, ouverte } = this.door.phone;
    element("appareil").textContent = say("appareil", { porte, heure: this.hour(ouverte), n: this.door.people.size });
  }

  drawState(state) {
    const waiting = this.door.unsent.length;
    const total = this.door.scans.size;
    let text;
    let kind = "wait";
    if (state === STATES.SIGN_IN || state === STATES.STRANGER) {
      text = say(state, { n: waiting });
      kind = "alert";
    } else if (!this.door.isOpen && !waiting) {
      text = say("a_ouvrir");
    } else if (state === STATES.OFFLINE) {
      text = waiting === 0 ? say("hors_ligne") : waiting === 1 ? say("hors_ligne_une") : say("hors_ligne_n", { n: waiting });
    } else if (state === STATES.SLOW) {
      text = say("lent", { n: waiting });
    } else if (waiting) {
      text = waiting === 1 ? say("envoi_une") : say("envoi_n", { n: waiting });
    } else {
      text = total ? say("synchronise", { n: total, total }) : say("synchronise_vide");
      kind = "done";
    }
    const box = element("etat");
    box.dataset.kind = kind;
    if (box.textContent !== text) box.textContent = text;
  }

  drawCounts(sitting) {
    const rows = this.sittings.map(({ id, text }) => {
      const { present, expected } = this.door.counts(id);
      return make("tr", {}, make("th", { scope: "row", text }),
        make("td", { kind: "number", text: String(present) }), make("td", { kind: "number", text: String(expected) }));
    });
    element("comptes").replaceChildren(...rows);
    element("enfants-etat").textContent = say("enfants_total", { n: this.door.counts(sitting).children });
  }

  drawConflicts() {
    const conflicts = this.door.conflicts;
    element("conflits-volet").hidden = !conflicts.length;
    element("conflits-titre").textContent = count("conflits", conflicts.length);
    element("conflits").replaceChildren(
      ...conflicts.map(({ scan, result, first }) => {
        const person = this.door.people.get(scan.personne);
        const qui = person ? nameOf(person) : scan.nom ? nameOf(scan) : say("code_inconnu", { code: scan.code });
        const values = { qui, heure: first ? this.hour(first.a) : "", porte: lowered(first?.porte ?? "") };
        return make("li", { text: say(`conflit_${result}`, values) });
      }),
    );
  }

  // --- The result of the last gesture

  wait() {
    element("annonce").textContent = say("verification");
  }

  showResult({ result, person, presence, code, where, acts, isCertain = false, onchildren }) {
    const kind = KINDS[result];
    const box = element("resultat");
    const who = person ? nameOf(person) : "";
    const why = this.why(result, { person, presence, code, where, isCertain });
    box.hidden = false;
    element("resultat-icone").setAttribute("d", ICONS[kind]);
    element("resultat-mot").textContent = say(result);
    element("resultat-qui").textContent = who;
    element("resultat-pourquoi").textContent = why;
    const buttons = acts.map(({ word, act }) => this.button(say(word), act));
    if (person && presence && onchildren && this.takesChildren(person)) buttons.unshift(this.stepper(presence.enfants ?? 0, onchildren));
    element("resultat-gestes").replaceChildren(...buttons);
    box.scrollIntoView({ block: "nearest" });
    element("annonce").textContent = [say(result), who, why].filter(Boolean).join(". ");
  }

  takesChildren(person) {
    return this.page.dataset.children !== "" || person.enfants > 0;
  }

  why(result, { person, presence, code, where, isCertain }) {
    if (result === ADMITTED) return person ? [person.organisation, person.groupe, this.workshop(where)].filter(Boolean).join(" – ") : code;
    if (result === ALREADY && presence) {
      return say("pourquoi_deja_admise", { heure: this.hour(presence.a), porte: lowered(presence.porte || say("ici")) });
    }
    if (result === NOT_CHOSEN) return this.elsewhere(person);
    if (result === UNKNOWN && !isCertain) return say("pourquoi_inconnue_hors_ligne", { code });
    return say(`pourquoi_${result}`, { code });
  }

  workshop(where) {
    return this.sittings.length > 1 ? (this.sittings.find(({ id }) => id === where)?.text ?? "") : "";
  }

  stepper(n, onchildren) {
    const less = this.button("−", () => onchildren(n - 1), say("moins"));
    const more = this.button("+", () => onchildren(n + 1), say("plus"));
    less.disabled = n === 0;
    const told = n === 0 ? say("enfants_zero") : n === 1 ? say("enfants_un") : say("enfants", { n });
    return make("div", { kind: "door-stepper", role: "group" }, less, make("span", { text: told }), more);
  }

  button(text, act, label = "") {
    const made = make("button", { type: "button", text, kind: "button button--secondary door__big", ...(label && { "aria-label": label }) });
    made.addEventListener("click", act);
    return made;
  }

  hideResult() {
    element("resultat").hidden = true;
  }

  // --- People found

  showPeople(people, typed, sitting, { onadmit, onundo }) {
    const isAsked = typed.trim().length >= SHORTEST;
    const shown = isAsked ? people.slice(0, MOST_PEOPLE) : [];
    element("trouves").replaceChildren(...shown.map((person) => this.row(person, sitting, { onadmit, onundo })));
    const n = people.length;
    element("trouves-etat").textContent = !isAsked ? "" : n > MOST_PEOPLE ? say("trouve_plus", { n, montre: MOST_PEOPLE }) : count("trouve", n);
  }

  row(person, sitting, { onadmit, onundo }) {
    const presence = this.door.presence(person, sitting);
    const qui = nameOf(person);
    const about = [person.organisation, person.groupe, person.code && say("code", { code: person.code })].filter(Boolean).join(" – ");
    const told = this.standing(person, presence, sitting);
    const words = make("div", { kind: "door-person__words" }, make("strong", { text: qui }), make("span", { text: about }));
    if (told) words.append(make("em", { text: told, kind: person.vient ? "" : "door-person__out" }));
    const act = presence?.lecture
      ? this.button(say("retirer"), () => onundo(presence, person), say("retirer_qui", { qui }))
      : this.button(say("admettre"), () => onadmit(person), say("admettre_qui", { qui }));
    return make("li", { kind: "door-person" }, words, act);
  }

  // Whoever is expected elsewhere is told as such: let in here all the same, it is a crossover.
  standing(person, presence, sitting) {
    if (!person.vient) return say("personne_annulee");
    if (presence) return say("present_a", { heure: this.hour(presence.a) });
    return person.seances.includes(sitting) ? "" : this.elsewhere(person);
  }

  elsewhere(person) {
    const known = this.sittings.filter(({ id }) => person.seances.includes(id)).map(({ text }) => text);
    return known.length ? say("pourquoi_autre_seance", { seances: known.join("; ") }) : say("pourquoi_sans_seance");
  }

  // --- Around

  focusSearch() {
    element("saisie").focus({ preventScroll: true });
  }

  sayCamera(name) {
    const text = name ? say(name) : "";
    const box = element("camera-etat");
    if (box.textContent !== text) box.textContent = text;
  }

  showCamera(isOn) {
    element("lire").textContent = say(isOn ? "arreter" : "lire");
    element("lire").setAttribute("aria-pressed", String(isOn));
  }

  showReady(isReady) {
    element("pret").textContent = say(isReady ? "pret" : "pas_pret");
  }

  askEnd(n) {
    element("terminer-texte").textContent = n === 0 ? say("terminer_vide") : n === 1 ? say("terminer_une") : say("terminer_reste", { n });
  }

  clear() {
    this.hideResult();
    this.showCamera(false);
    element("saisie").value = "";
    for (const id of ["trouves", "comptes", "conflits", "resultat-gestes"]) element(id).replaceChildren();
    for (const id of ["trouves-etat", "resultat-qui", "resultat-pourquoi", "annonce", "appareil", "compte"]) element(id).textContent = "";
  }

  hush(about = "") {
    if (!about || element("avis").dataset.about === about) element("avis").replaceChildren();
  }

  warn(name, values = {}) {
    this.notice(say(name, values));
  }

  // Why nothing can be told, and what to do about it.
  explain(state, otherwise = "") {
    const names = { [STATES.SIGN_IN]: "avis_connexion", [STATES.STRANGER]: "avis_etranger", [STATES.REFUSED]: "avis_refuse" };
    const name = names[state] ?? otherwise;
    if (!name) return this.hush("state");
    const link = state === STATES.SIGN_IN ? make("a", { href: this.page.dataset.signIn, text: say("avis_connexion_lien") }) : null;
    this.notice(say(name), { link, about: "state" });
    if (state === STATES.STRANGER) element("ouverture").hidden = false;
  }

  notice(text, { link = null, about = "" } = {}) {
    if (element("avis").textContent.startsWith(text)) return; // said already: it is not announced again
    element("avis").dataset.about = about;
    const lines = [make("p", { text }), ...(link ? [make("p", {}, link)] : [])];
    element("avis").replaceChildren(make("div", { kind: "notice notice--warning" }, ...lines));
  }
}
