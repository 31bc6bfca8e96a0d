"""Every page of the product as somebody sees it: the list that the tour of the pages goes through.

A page without a scene fails `test_every_page_has_a_scene`: add one here, with the states that it can be in.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

Prepare = Callable[[Page], None]


def as_it_opens(page: Page) -> None:
    """Nothing to do."""


def unfold(page: Page) -> None:
    """Open every folded part."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")


def unfold_and_ask_for_all(page: Page) -> None:
    """Open every folded part, and give the answers that show more questions."""
    unfold(page)
    for name in ("kit", "resolution", "plan_b"):
        page.locator(f"input[name={name}][data-shows]").first.check()
    page.locator("input[name=modes][data-shows]").last.check()


def press(label: str) -> Prepare:
    """Send a form as it stands, by its button."""

    def act(page: Page) -> None:
        unfold(page)
        page.get_by_role("main").get_by_role("button", name=label, exact=True).last.click()
        page.wait_for_load_state()

    return act


def empty_and_press(label: str) -> Prepare:
    """Erase what is written in the form of that button, then press it: each question has its error."""

    def act(page: Page) -> None:
        unfold(page)
        button = page.get_by_role("main").get_by_role("button", name=label, exact=True).last
        button.evaluate(
            """(button) => {
              for (const field of button.form.elements) {
                if (["text", "email", "tel", "date", "search"].includes(field.type)) field.value = "";
                if (["checkbox", "radio"].includes(field.type)) field.checked = false;
              }
            }"""
        )
        button.click()
        page.wait_for_load_state()

    return act


ACTIVITY = {
    "title": "Heure du conte en pyjama",
    "description": "Des histoires à partager, une doudou à la main.",
    "dates-0-day": "2027-11-15",
    "dates-0-starts": "9 h 30",
    "dates-0-ends": "10 h 30",
    "until": "2027-11-29",
    "place": "Bibliothèque, 12, rue Principale",
    "municipality": "Hébertville",
    "organizer_name": "Bibliothèque d’Hébertville",
    "email": "biblio@exemple.quebec",
}


def propose_and_press(label: str) -> Prepare:
    """Fill the form of an activity that comes back each week, then press that button."""

    def act(page: Page) -> None:
        unfold(page)
        for name, value in ACTIVITY.items():
            page.get_by_role("main").locator(f"[name={name}]").fill(value)
        page.locator("#activity_type").select_option("heure-du-conte")
        page.locator("#organizer_kind").select_option("bibliotheque")
        page.locator("#rhythm").select_option("chaque-semaine")
        page.get_by_role("main").locator("[name=audiences]").first.check()
        press(label)(page)

    return act


def one_after_the_other(*acts: Prepare) -> Prepare:
    """Several acts, each on the page where the one before led."""

    def act(page: Page) -> None:
        for each in acts:
            each(page)

    return act


def take_out_of_the_sandbox(page: Page) -> None:
    """The same markup where axe can run: the preview of a letter runs no script at all, axe's included."""
    letter = page.request.get(page.url).text()
    page.goto("about:blank")
    page.set_content(letter)


def choose_and_press(name: str, content: str, label: str) -> Prepare:
    """Choose a file on this computer, then send the form by its button."""

    def act(page: Page) -> None:
        page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
        )
        press(label)(page)

    return act


def cancel_for_a_storm(page: Page) -> None:
    """Call an activity off, as far as its preview."""
    page.get_by_label("Annuler", exact=True).check()
    page.get_by_label("Raison, telle que le public la lira").fill("Tempête de neige")
    press("Voir ce qui va changer")(page)


def type_a_name(words: str) -> Prepare:
    """Write in the search field until suggestions show."""

    def act(page: Page) -> None:
        box = page.get_by_role("main").get_by_role("combobox").first
        box.click()
        box.press_sequentially(words)
        expect(page.get_by_role("listbox")).to_be_visible()
        box.press("ArrowDown")

    return act


@dataclass(frozen=True)
class Scene:
    """One page in one situation."""

    endpoint: str
    address: str
    """With the words of the stage: « /municipalites/{confirmed} »."""
    prepare: Prepare = as_it_opens
    status: int = 200
    """Of the last answer."""
    note: str = ""
    is_letter: bool = False
    """Not a page of ours: no landmarks, no heading of the first level."""

    @property
    def name(self) -> str:
        return f"{self.endpoint} {self.note}".strip()


def fill_a_gathering_and_add_somebody(page: Page) -> None:
    """The first person written, a second one asked for: nothing of the first is lost."""
    unfold(page)
    page.get_by_role("main").locator("[name=people-0-first_name]").fill("Renée")
    press("Ajouter une personne")(page)
    expect(page.locator("[name=people-0-first_name]")).to_have_value("Renée")
    unfold(page)


def open_the_door(page: Page) -> None:
    """The list is on the phone, somebody is not in it, and the folded parts are open."""
    expect(page.locator("#porte[data-ready]")).to_be_attached()
    if page.get_by_role("button", name="Ouvrir la liste").is_visible():
        page.get_by_role("button", name="Ouvrir la liste").click()
    page.locator("#saisie").fill("ZZZZZZ")
    page.locator("#saisie").press("Enter")
    expect(page.locator("#resultat")).to_be_visible()
    unfold(page)


DOORS = "/gestion/accueil"
PROPOSAL = "/calendrier/proposition/"
MINE = "/inscriptions/{registration_confirmed}"

PUBLIC = (
    Scene("registrations.register", "/evenements/{gathering}/inscription"),
    Scene("registrations.register", "/evenements/{gathering}/inscription", unfold, note="deplie"),
    Scene(
        "registrations.register", "/evenements/{gathering}/inscription",
        fill_a_gathering_and_add_somebody, note="deux personnes",
    ),
    Scene(
        "registrations.register", "/evenements/{gathering}/inscription", empty_and_press("S’inscrire"),
        422, "erreurs",
    ),
    Scene("registrations.register", "/evenements/{training}/inscription", note="groupes"),
    Scene("registrations.register", "/evenements/{gathering_full}/inscription", note="complet"),
    Scene("registrations.register", "/evenements/{gathering_soon}/inscription", note="bientot"),
    Scene("registrations.register", "/evenements/{gathering_past}/inscription", note="passe"),
    Scene("registrations.asked", "/evenements/{gathering}/inscription/merci"),
    Scene("registrations.manage", MINE, note="confirmee"),
    Scene("registrations.manage", "/inscriptions/{registration_pending}", note="a confirmer"),
    Scene("registrations.manage", "/inscriptions/{registration_waiting}", note="attente"),
    Scene("registrations.manage", "/inscriptions/{registration_offered}", note="offerte"),
    Scene("registrations.manage", "/inscriptions/{registration_cancelled}", note="annulee"),
    Scene("registrations.manage", "/inscriptions/inconnu", status=404, note="inconnue"),
    Scene("registrations.cancel", MINE + "/annuler"),
    Scene("registrations.cancel_person", MINE + "/personnes/{gathering_person}/annuler"),
    Scene("registrations.choose", MINE + "/personnes/{gathering_person}/choix"),
    Scene("sending.change", MINE + "/personnes/{gathering_person}/fichiers/{gathering_file}"),
    Scene(
        "sending.change", MINE + "/personnes/{gathering_person}/fichiers/{gathering_file}",
        press("Joindre ce fichier"), 422, "erreurs",
    ),
    Scene("sending.remove", MINE + "/personnes/{gathering_person}/fichiers/{gathering_file}/retirer"),
    Scene("registrations.replace", MINE + "/personnes/{gathering_person}/remplacer"),
    Scene(
        "registrations.replace", MINE + "/personnes/{gathering_person}/remplacer", press("Remplacer"),
        422, "erreurs",
    ),
    Scene("registrations.new_link", "/inscriptions/lien"),
    Scene("registrations.new_link", "/inscriptions/lien", press("Recevoir un nouveau lien"), 422, "erreurs"),
    Scene("registrations.link_sent", "/inscriptions/lien/envoye"),
    Scene("registrations.ticket", "/billet/{ticket_confirmed}"),
    Scene("registrations.ticket", "/billet/{ticket_cancelled}", note="annule"),
    Scene("registrations.cancel_ticket", "/billet/{ticket_confirmed}/annuler"),
    Scene("checkin.arrive", "/accueil/{arrival}"),
    Scene("registrations.invitation", "/invitation/{invitation_invited}"),
    Scene("registrations.invitation", "/invitation/{invitation_declined}", note="declinee"),
    Scene("registrations.invitation", "/invitation/inconnue", status=404, note="inconnue"),
    Scene("events.show", "/evenements/{gathering}", note="inscription ouverte"),
    Scene("events.show", "/evenements/{gathering_full}", note="liste d’attente"),
    Scene("public.home", "/"),
    Scene("public.participants", "/municipalites"),
    Scene("public.participants", "/municipalites", type_a_name("saint-seb"), note="suggestions"),
    Scene("public.participants", "/municipalites?region=01", unfold, note="region"),
    Scene("public.participants", "/municipalites?region=10", note="nord"),
    Scene("public.participants", "/municipalites?q=saint-sebastien", note="resultats"),
    Scene("public.participants", "/municipalites?q=zzzz", note="aucun"),
    Scene("public.municipality", "/municipalites/{confirmed}", note="confirmee"),
    Scene("public.municipality", "/municipalites/{invited}", note="silencieuse"),
    Scene("public.municipality", "/municipalites/{done}", note="realisee"),
    Scene("public.municipality", "/municipalites/{with_past}", note="avec passe"),
    Scene("public.municipality", "/municipalites/{city}", note="arrondissements"),
    Scene("events.show", "/evenements/{event_planned}"),
    Scene("events.show", "/evenements/{event_postponed}", note="reportee"),
    Scene("events.show", "/evenements/{event_cancelled}", note="annulee"),
    Scene("events.show", "/evenements/{event_indoors}", note="interieur"),
    Scene("events.show", "/evenements/{event_held}", note="tenue"),
    Scene("events.show", "/evenements/{event_several}", unfold, note="plusieurs dates"),
    Scene("agenda.calendar", "/calendrier"),
    Scene("agenda.calendar", "/calendrier?q=zzzz", note="aucun"),
    Scene("agenda.calendar", "/calendrier?region=16&cout=gratuit", unfold, note="filtre"),
    Scene("agenda.calendar", "/calendrier?lieu=saint-augustin", note="quelle municipalite"),
    Scene("agenda.calendar", "/calendrier?vue=mois", note="mois"),
    Scene("agenda.calendar", "/calendrier?vue=carte", note="carte"),
    Scene("agenda.calendar", "/calendrier?region=16&vue=carte", note="carte region"),
    Scene("agenda.subscribe", "/calendrier/abonnement", unfold),
    Scene("proposals.propose", "/calendrier/proposer"),
    Scene("proposals.propose", "/calendrier/proposer", unfold, note="deplie"),
    Scene("proposals.propose", "/calendrier/proposer", empty_and_press("Continuer"), 422, "erreurs"),
    Scene("proposals.propose", "/calendrier/proposer", propose_and_press("Ajouter une date"), note="dates"),
    Scene("proposals.propose", "/calendrier/proposer", propose_and_press("Continuer"), note="apercu"),
    Scene("proposals.asked", "/calendrier/proposer/merci"),
    *(
        Scene("proposals.show", f"{PROPOSAL}{{proposal_{state}}}", note=state)
        for state in ("draft", "submitted", "sent_back", "published", "revised", "called_off", "withdrawn")
    ),
    Scene("proposals.show", PROPOSAL + "inconnu", status=404, note="inconnu"),
    Scene("proposals.edit", PROPOSAL + "{proposal_sent_back}/modifier", unfold, note="a corriger"),
    Scene("proposals.edit", PROPOSAL + "{proposal_published}/modifier", press("Continuer"), note="apercu"),
    Scene("proposals.cancel", PROPOSAL + "{proposal_submitted}/annuler", note="retirer"),
    Scene(
        "proposals.cancel", PROPOSAL + "{proposal_published}/annuler", press("Annuler l’activité"), 422,
        "erreurs",
    ),
    Scene("proposals.new_link", "/calendrier/proposition/lien"),
    Scene("proposals.new_link", "/calendrier/proposition/lien", press("Envoyer le lien"), 422, "erreurs"),
    Scene("proposals.link_sent", "/calendrier/proposition/lien/envoye"),
    Scene("agenda.subscribe", "/calendrier/abonnement?mrc=540", note="par municipalite"),
    Scene("embeds.frame", "/calendrier/encart"),
    Scene("embeds.frame", "/calendrier/encart?q=zzzz", note="aucun"),
    Scene("embeds.builder", "/calendrier/integrer?region=01"),
    Scene("open_data.page", "/donnees?region=01"),
    Scene("web.privacy", "/renseignements-personnels"),
    Scene("web.accessibility", "/accessibilite"),
    Scene("participations.choose", "/inscription"),
    Scene("participations.choose", "/inscription", type_a_name("saint-a"), note="suggestions"),
    Scene("participations.choose", "/inscription?q=saint-augustin", note="resultats"),
    Scene("participations.choose", "/inscription?q=zzzz", note="aucun"),
    Scene("participations.register", "/inscription/{invited}"),
    Scene("participations.register", "/inscription/{invited}", unfold_and_ask_for_all, note="deplie"),
    Scene(
        "participations.register", "/inscription/{invited}", empty_and_press("Inscrire ma municipalité"), 422,
        "erreurs",
    ),
    Scene("participations.register", "/inscription/{city}", unfold, note="arrondissements"),
    Scene("participations.asked", "/inscription/{invited}/merci"),
    Scene("participations.confirm", "/inscription/confirmer/{proof}"),
    Scene("participations.confirm", "/inscription/confirmer/inconnu", status=404, note="inconnu"),
    Scene("participations.new_link", "/inscription/lien"),
    Scene("participations.new_link", "/inscription/lien", press("Envoyer un nouveau lien"), 422, "erreurs"),
    Scene("participations.link_sent", "/inscription/lien/envoye"),
    Scene("participations.personal", "/p/{link_invited}", unfold, note="premiere fois"),
    Scene("participations.personal", "/p/{link_renewing}", note="an dernier"),
    Scene("participations.personal", "/p/{link_undecided}", note="en reflexion"),
    Scene("participations.personal", "/p/{link_declined}", note="declinee"),
    Scene("participations.personal", "/p/{link_cancelled}", note="annulee"),
    Scene("participations.personal", "/p/{link_registered}", note="inscrite"),
    Scene("participations.personal", "/p/{link_to_review}", note="a verifier"),
    Scene("participations.personal", "/p/{link_confirmed}", unfold, note="confirmee"),
    Scene("participations.personal", "/p/{link_confirmed}", press("Reporter la cérémonie"), 422, "erreurs"),
    Scene("participations.personal", "/p/{link_confirmed}?modifier=oui", unfold, note="modifier"),
    Scene("participations.personal", "/p/inconnu", status=404, note="inconnu"),
    Scene("personal_feeds.of_town", "/p/{link_confirmed}/calendrier"),
    Scene(
        "personal_feeds.of_town", "/p/{link_confirmed}/calendrier", press("Obtenir mon calendrier"),
        note="adresse",
    ),
    Scene("following.ask", "/evenements/{event_followed}/suivre"),
    Scene("following.ask", "/evenements/{event_followed}/suivre", press("Me prévenir"), 422, "erreurs"),
    Scene("following.asked", "/evenements/{event_followed}/suivre/envoye"),
    Scene("following.show", "/suivi/{follow}"),
    Scene("following.show", "/suivi/{follow}", press("Oui, prévenez-moi"), note="confirmee"),
    Scene("following.show", "/suivi/inconnu", status=404, note="inconnu"),
    Scene("afterwards.attestation", "/billet/{held_present}/attestation", note="prete"),
    Scene("afterwards.attestation", "/billet/{held_absent}/attestation", note="pas remise"),
    Scene("afterwards.survey", "/bilan/{survey}"),
    Scene("afterwards.survey", "/bilan/{survey}", press("Envoyer ma réponse"), 422, "erreurs"),
    Scene("afterwards.survey", "/bilan/{survey_answered}", note="repondue"),
    Scene("afterwards.survey", "/bilan/{survey_closed}", status=410, note="ferme"),
    Scene("afterwards.survey", "/bilan/inconnu", status=404, note="inconnu"),
    Scene("accounts.sign_in", "/connexion"),
    Scene("accounts.sign_in", "/connexion", press("Me connecter"), note="erreurs"),
    Scene("accounts.link_asked", "/connexion/lien-demande"),
    Scene("accounts.open_link", "/connexion/{sign_in}"),
    Scene("accounts.open_link", "/connexion/inconnu", status=410, note="perime"),
    Scene("unsubscribe.show", "/desabonnement/{leave}"),
    Scene("unsubscribe.show", "/desabonnement/{leave}", press("Me désabonner"), note="desabonnee"),
    Scene("unsubscribe.show", "/desabonnement/{left}", note="tout quitte"),
    Scene("unsubscribe.show", "/desabonnement/inconnu", status=404, note="inconnu"),
    *(Scene("errors", f"/essai/{status}", status=status, note=str(status)) for status in
      (400, 403, 404, 405, 409, 410, 413, 429, 500, 503)),
)  # fmt: skip

FILE = "/gestion/municipalites/"
ENVOIS = "/gestion/envois"
CONTACTS = "/gestion/contacts"
ACTIVITIES = "/gestion/activites"
EVENTS = "/gestion/evenements"
ONE_PERSON = "inscriptions/{organized_confirmed}/personnes/{organized_person}"
LIST_OF_ACTIVITIES = (
    "Titre;Description;Organisme;Date;Lieu;Municipalité;Public visé;Coût;Courriel\n"
    "Conte;Des histoires.;La Lanterne;15 nov. 10 h;Salle;Hébertville;3-5 ans;Gratuit;info@exemple.quebec\n"
    "Marche;Ensemble.;La Lanterne;31 nov.;Parc;Saint-Augustin;licornes;Gratuit;info@exemple.quebec\n"
)
LIST_OF_CONTACTS = "nom;courriel;type;source\nÈve Côté;eve@exemple.quebec;média;Liste de presse\n"

TEAM = (
    Scene("board.home", "/gestion"),
    Scene("board.home", "/gestion?region=01", note="region"),
    Scene("board.home", "/gestion?edition=10", note="passee"),
    Scene("board.municipalities", "/gestion/municipalites", unfold),
    Scene("board.municipalities", "/gestion/municipalites?q=zzzz", note="aucune"),
    *(
        Scene("board.municipality", f"{FILE}{{{state}}}", unfold, note=state)
        for state in
        ("confirmed", "registered", "to_review", "invited", "undecided", "declined", "cancelled", "done",
         "discarded", "with_past", "city")
    ),
    Scene("board.messages", "/gestion/messages"),
    Scene("board.messages", "/gestion/messages?q=zzzz", note="aucun"),
    *(
        Scene("board.message", f"/gestion/messages/{{message_{state}}}", unfold, note=state)
        for state in ("sent", "failed", "uncertain", "bounced")
    ),
    Scene(
        "board.message_preview", "/gestion/messages/{message_sent}/apercu", take_out_of_the_sandbox,
        is_letter=True,
    ),
    Scene("domain.show", "/gestion/domaine"),
    Scene("mailings.list_mailings", ENVOIS, unfold),
    Scene("mailings.list_mailings", ENVOIS + "?edition=10", note="passee"),
    *(
        Scene("mailings.show", f"{ENVOIS}/{key}", note=note)
        for key, note in
        (("invitation", "en cours"), ("rappel-1", "en attente"), ("rappel-2", "en pause"),
         ("trousse-dernier-jour", "planifie"), ("outils", "brouillon"), ("accuse", "automatique"),
         ("resolution-avant-elections", "pas cette annee"))
    ),
    Scene("mailings.simulation", ENVOIS + "/invitation/simulation"),
    Scene("mailings.simulation", ENVOIS + "/rappel-1/simulation?date=jamais", note="erreurs"),
    Scene("mailings.recipients", ENVOIS + "/invitation/destinataires"),
    Scene("mailings.recipients", ENVOIS + "/invitation/destinataires?a_appeler=1", note="a appeler"),
    Scene("mailings.recipients", ENVOIS + "/invitation/destinataires?q=zzzz", note="aucun"),
    Scene(
        "mailings.recipients", ENVOIS + "/invitation/destinataires?message=echoue",
        press("Renvoyer à ceux qui sont cochés"), 409, "erreurs",
    ),
    Scene("mailings.recipients", ENVOIS + "/outils/destinataires", note="pas encore"),
    Scene("mailings.schedule", ENVOIS + "/outils/planifier"),
    Scene("mailings.schedule", ENVOIS + "/rappel-1/planifier", press("Planifier l’envoi"), 409, "refus"),
    Scene("mailings.cancel", ENVOIS + "/invitation/annuler"),
    Scene("mailings.resume", ENVOIS + "/rappel-2/reprendre"),
    Scene("mailings.release", ENVOIS + "/rappel-1/laisser-partir"),
    Scene("mailings.hold_everything", ENVOIS + "/tout-suspendre"),
    Scene("mailings.release_everything", ENVOIS + "/tout-reprendre"),
    Scene("words.text", ENVOIS + "/outils/texte", unfold),
    Scene("words.text", ENVOIS + "/outils/texte", empty_and_press("Enregistrer le texte"), 422, "erreurs"),
    Scene("words.text", ENVOIS + "/merci/texte?langue=en", unfold, note="anglais"),
    Scene("words.text", ENVOIS + "/invitation/texte?variante=de-retour", note="lecture"),
    Scene("words.text", ENVOIS + "/accuse/texte", note="automatique"),
    Scene("words.history", ENVOIS + "/outils/texte/versions", unfold),
    Scene("words.history", ENVOIS + "/merci/texte/versions", note="aucune"),
    Scene("words.look", ENVOIS + "/invitation/apercu?exemple=aux"),
    Scene("words.look", ENVOIS + "/invitation/apercu?exemple=groupe&mode=sombre", note="sombre"),
    *(
        Scene("words.letter", ENVOIS + f"/invitation/apercu/lettre?langue=en&mode={mode}",
              take_out_of_the_sandbox, note=mode, is_letter=True)
        for mode in ("clair", "sombre")
    ),
    Scene("words.plan", ENVOIS + "/outils/plan", unfold),
    Scene("words.plan", ENVOIS + "/photo/plan", note="ceremonie"),
    Scene("words.plan", ENVOIS + "/outils/plan", empty_and_press("Enregistrer le plan"), 422, "erreurs"),
    Scene("words.plan", ENVOIS + "/invitation/plan", note="lecture"),
    Scene("words.add", ENVOIS + "/ajouter"),
    Scene("words.add", ENVOIS + "/ajouter", empty_and_press("Ajouter l’envoi"), 422, "erreurs"),
    Scene("activities.list_activities", ACTIVITIES),
    Scene("activities.list_activities", ACTIVITIES + "?q=zzzz", note="aucune"),
    Scene("activities.list_activities", ACTIVITIES + "?edition=10", note="passee"),
    Scene("activities.list_events", EVENTS),
    Scene("activities.proposal", ACTIVITIES + "/propositions/{file_submitted}", unfold),
    Scene("activities.proposal", ACTIVITIES + "/propositions/{file_published}", note="modifiee"),
    Scene("activities.proposal", ACTIVITIES + "/propositions/{file_sent_back}", note="a corriger"),
    Scene(
        "activities.proposal", ACTIVITIES + "/propositions/{file_late}", press("Renvoyer"),
        422, "erreurs",
    ),
    Scene("activities.list_organizers", "/gestion/organismes-partenaires"),
    Scene("activities.list_organizers", "/gestion/organismes-partenaires?q=zzzz", note="aucun"),
    Scene("changing.change", "/gestion/evenements/{to_change}/changer"),
    Scene(
        "changing.change", "/gestion/evenements/{to_change}/changer", press("Voir ce qui va changer"), 422,
        "erreurs",
    ),
    Scene("changing.change", "/gestion/evenements/{to_change}/changer", cancel_for_a_storm, note="apercu"),
    Scene("changing.change", "/gestion/evenements/{ceremony_planned}/changer", note="ceremonie"),
    Scene("upheavals.choose", "/gestion/reports", unfold),
    Scene("upheavals.look", "/gestion/reports/apercu?gesture=annuler", status=422, note="erreurs"),
    Scene("upheavals.look", "/gestion/reports/apercu?{storm}"),
    Scene("upheavals.look", "/gestion/reports/apercu?{storm}&municipality=66023&region=01", note="aucune"),
    Scene("upheavals.show", "/gestion/reports/{batch}"),
    Scene("upheavals.undo", "/gestion/reports/{batch}/annuler"),
    Scene("team_events.show", EVENTS + "/{activity}"),
    Scene("team_events.show", EVENTS + "/{month_training}", note="mois"),
    Scene("team_events.show", EVENTS + "/{meeting}", note="prive"),
    Scene("team_events.edit", EVENTS + "/{activity}/modifier", unfold),
    Scene(
        "team_events.edit", EVENTS + "/{activity}/modifier", empty_and_press("Enregistrer"), 422, "erreurs"
    ),
    Scene("team_events.add", EVENTS + "/nouveau?type=rencontre", unfold),
    Scene("team_events.add", EVENTS + "/nouveau?copie={activity}", note="clone"),
    Scene("team_events.edit_proposal", ACTIVITIES + "/propositions/{file_submitted}/corriger", unfold),
    Scene("door.index", DOORS),
    Scene("door.stand", DOORS + "/{held}"),
    Scene("door.stand", DOORS + "/{held}", open_the_door, note="ouverte"),
    Scene("network.search", DOORS + "/{held}/reseau"),
    Scene("network.search", DOORS + "/{held}/reseau", press("Chercher"), note="sans mot"),
    Scene("door_team.devices", DOORS + "/{held}/appareils"),
    Scene("door_team.hosts", DOORS + "/{held}/hotes"),
    Scene("checkin.arrive", "/accueil/{arrival}", note="hote"),
    Scene("presence.show", EVENTS + "/{held}/presences"),
    Scene("presence.show", EVENTS + "/{activity}/presences", note="aucune"),
    Scene("conflicts.show", EVENTS + "/{held}/presences/conflits"),
    Scene("conflicts.show", EVENTS + "/{activity}/presences/conflits", note="aucun"),
    Scene("presence.satisfaction", EVENTS + "/{held}/satisfaction"),
    Scene("presence.satisfaction", EVENTS + "/{activity}/satisfaction", note="aucune"),
    Scene("gatherings.show", EVENTS + "/{gathering_number}/rappels"),
    Scene(
        "gatherings.show", EVENTS + "/{gathering_number}/rappels",
        press("Arrêter\u00a0: Deuxième rappel"), note="arrete",
    ),
    Scene("gatherings.show", EVENTS + "/{held}/rappels", note="passe"),
    Scene("gatherings.show", EVENTS + "/{activity}/rappels", note="sans inscriptions"),
    Scene("gatherings.look", EVENTS + "/{gathering_number}/rappels/j-7"),
    Scene("gatherings.look", EVENTS + "/{gathering_number}/rappels/j+1", note="merci"),
    *(
        Scene(endpoint, f"{EVENTS}/{{organized}}/{path}", unfold, note=note)
        for endpoint, path, note in
        (("organizing.list_registrations", "inscriptions", ""),
         ("organizing.list_registrations", "inscriptions?q=zzzz", "aucune"),
         ("organizing.confidences", "inscriptions/confidentiel", ""),
         ("organizing.rules", "inscriptions/regles", ""),
         ("organizing.add", "inscriptions/ajouter", ""),
         ("organizing.show", "inscriptions/{organized_confirmed}", "confirmee"),
         ("organizing.show", "inscriptions/{organized_waiting}", "attente"),
         ("organizing.cancel", "inscriptions/{organized_confirmed}/annuler", ""),
         ("organizing.replace", f"{ONE_PERSON}/remplacer", ""),
         ("organizing.choose", f"{ONE_PERSON}/choix", ""),
         ("programme.show", "programme", ""),
         ("programme.add_sitting", "programme/seances/nouvelle", ""),
         ("programme.edit_sitting", "programme/seances/{organized_sitting}", ""),
         ("programme.remove_sitting", "programme/seances/{organized_sitting}/retirer", ""),
         ("programme.add_item", "programme/seances/{organized_sitting}/elements/nouveau", ""),
         ("programme.edit_item", "programme/elements/{organized_item}", ""),
         ("programme.remove_item", "programme/elements/{organized_item}/retirer", ""),
         ("programme.add_cohort", "programme/groupes/nouveau", ""),
         ("programme.edit_cohort", "programme/groupes/{organized_cohort}", ""),
         ("programme.remove_cohort", "programme/groupes/{organized_cohort}/retirer", ""),
         ("programme.clone", "cloner", ""),
         ("questions.show", "questions", ""),
         ("questions.add", "questions/nouvelle", ""),
         ("questions.edit", "questions/{organized_question}", ""),
         ("questions.remove", "questions/{organized_question}/retirer", ""),
         ("inviting.show", "invitations", ""),
         ("inviting.add", "invitations/ajouter", ""),
         ("inviting.withdraw", "invitations/{organized_invitation}/retirer", ""))
    ),
    Scene("organizing.list_registrations", EVENTS + "/{organized_without}/inscriptions", note="sans regles"),
    Scene(
        "organizing.rules", EVENTS + "/{organized}/inscriptions/regles",
        empty_and_press("Enregistrer les règles"), 422, "erreurs",
    ),
    Scene(
        "programme.add_item", EVENTS + "/{organized}/programme/seances/{organized_sitting}/elements/nouveau",
        press("Enregistrer"), 422, "erreurs",
    ),
    Scene("contacts.list_contacts", CONTACTS),
    Scene("contacts.list_contacts", CONTACTS + "?type=organisme&q=zzzz", note="aucun"),
    Scene("contacts.show", CONTACTS + "/{contact}", unfold),
    Scene("contacts.show", CONTACTS + "/{contact_barred}", unfold, note="ne pas solliciter"),
    Scene("contacts.add", CONTACTS + "/ajouter"),
    Scene("contacts.add", CONTACTS + "/ajouter", press("Ajouter le contact"), 422, "erreurs"),
    Scene("contacts.edit", CONTACTS + "/{contact}/modifier"),
    Scene("contacts.record_consent", CONTACTS + "/{contact}/droit"),
    Scene("contacts.record_consent", CONTACTS + "/{contact}/droit", press("Noter ce droit"), 422, "erreurs"),
    Scene("imports.choose", ACTIVITIES + "/importer", unfold),
    Scene("imports.choose", ACTIVITIES + "/importer", press("Lire le fichier"), 422, "erreurs"),
    Scene(
        "imports.columns", ACTIVITIES + "/importer",
        choose_and_press("activites.csv", LIST_OF_ACTIVITIES, "Lire le fichier"),
    ),
    Scene(
        "imports.columns", ACTIVITIES + "/importer",
        one_after_the_other(
            choose_and_press("activites.csv", LIST_OF_ACTIVITIES.replace("Titre", "Zzz"), "Lire le fichier"),
            press("Voir ce que le fichier changerait"),
        ),
        422, "erreurs",
    ),
    Scene(
        "imports.show", ACTIVITIES + "/importer",
        one_after_the_other(
            choose_and_press("activites.csv", LIST_OF_ACTIVITIES, "Lire le fichier"),
            press("Voir ce que le fichier changerait"),
        ),
    ),
    Scene(
        "imports.show", ACTIVITIES + "/importer",
        one_after_the_other(
            choose_and_press("activites.csv", LIST_OF_ACTIVITIES, "Lire le fichier"),
            press("Voir ce que le fichier changerait"),
            press("Importer l’activité valide"),
        ),
        note="en cours",
    ),
    Scene("contacts.import_list", CONTACTS + "/importer"),
    Scene(
        "contacts.import_list", CONTACTS + "/importer",
        choose_and_press("liste.csv", LIST_OF_CONTACTS, "Voir ce que la liste changerait"), note="apercu",
    ),
    Scene(
        "contacts.import_list", CONTACTS + "/importer",
        choose_and_press(
            "liste.csv", LIST_OF_CONTACTS.replace("média", "maire"), "Voir ce que la liste changerait"
        ),
        422, "erreurs",
    ),
    Scene("addresses.search", "/gestion/adresses"),
    Scene("addresses.search", "/gestion/adresses", press("Voir son histoire"), 422, "erreurs"),
    Scene("addresses.show", "/gestion/adresses/c{contact}", unfold),
    Scene("addresses.show", "/gestion/adresses/c{contact_barred}", unfold, note="desabonnee"),
    Scene("addresses.show", "/gestion/adresses/m{message_bounced}", unfold, note="retenue"),
    Scene("manage.register", FILE + "{invited}/inscrire"),
    Scene(
        "manage.register", FILE + "{invited}/inscrire", empty_and_press("Inscrire la municipalité"),
        422, "erreurs",
    ),
    Scene("manage.correct", FILE + "{confirmed}/corriger", unfold),
    *(
        scene
        for endpoint, path, label in (
            ("manage.confirm", "{registered}/confirmer", "Confirmer la participation"),
            ("manage.cancel", "{confirmed}/annuler", "Annuler la participation"),
            ("manage.decline", "{invited}/decliner", "Noter le refus"),
            ("manage.reinstate", "{cancelled}/retablir", "Rétablir la participation"),
            ("manage.mark_held", "{confirmed}/tenue", "Marquer comme réalisée"),
            ("manage.undo_held", "{done}/pas-tenue", "Revenir à « confirmée »"),
            ("manage.reopen", "{discarded}/rouvrir", "Rouvrir la fiche"),
            ("manage.postpone", "{confirmed}/reporter", "Reporter la cérémonie"),
            ("manage.move_indoors", "{confirmed}/interieur", "Déplacer la cérémonie"),
        )
        for scene in (
            Scene(endpoint, FILE + path),
            Scene(endpoint, FILE + path, empty_and_press(label), 422, "erreurs"),
        )
    ),
    Scene("manage.resolution", FILE + "{confirmed}/resolution"),
    Scene("manage.kit", FILE + "{confirmed}/trousse"),
    Scene("manage.link", FILE + "{invited}/lien"),
    Scene("manage.link", FILE + "{invited}/lien", press("Donner un nouveau lien"), note="donne"),
    Scene("manage.merge", FILE + "{registered}/fusionner"),
    Scene("manage.merge", FILE + "{registered}/fusionner?q=saint-sebastien", note="recherche"),
    Scene("manage.merge", FILE + "{registered}/fusionner?cible={confirmed}", note="deux fiches"),
    Scene("manage.merge", FILE + "{registered}/fusionner?cible={registered}", status=409, note="la meme"),
    Scene("manage.figures", "/gestion/chiffres", unfold),
    Scene("manage.figures", "/gestion/chiffres", press("Figer ces chiffres"), 422, "erreurs"),
    Scene("accounts.own_account", "/gestion/compte"),
    Scene("accounts.own_account", "/gestion/compte", press("Enregistrer le mot de passe"), 422, "erreurs"),
    Scene("personal_feeds.of_team", "/gestion/mon-calendrier"),
    Scene(
        "personal_feeds.of_team", "/gestion/mon-calendrier", press("Obtenir mon calendrier"), note="adresse"
    ),
    Scene("accounts.list_accounts", "/gestion/comptes"),
    Scene("accounts.add_account", "/gestion/comptes/ajouter"),
    Scene(
        "accounts.add_account", "/gestion/comptes/ajouter", empty_and_press("Ajouter le compte"),
        422,
        "erreurs",
    ),
    Scene("accounts.edit_account", "/gestion/comptes/{admin}"),
    Scene("campaigns.list_editions", "/gestion/editions"),
    Scene("campaigns.open_edition", "/gestion/editions/ouvrir"),
    Scene(
        "campaigns.open_edition", "/gestion/editions/ouvrir", empty_and_press("Ouvrir l’édition"),
        422, "erreurs",
    ),
    Scene("campaigns.change_edition", "/gestion/editions/{edition}"),
    Scene("campaigns.organization", "/gestion/organisme"),
    Scene(
        "campaigns.organization", "/gestion/organisme", empty_and_press("Enregistrer l’organisme"),
        422, "erreurs",
    ),
)  # fmt: skip

NOT_PAGES = {
    "presence.satisfaction_csv": "file",
    "collecting.save": "file",
    "collecting.save_all": "archive",
    "organizing.export_list": "a CSV file",
    "inviting.export_list": "a CSV file",
    "presence.export_csv": "file",
    "papers.tents": "PDF",
    "papers.door_list": "PDF",
    "papers.badges": "PDF",
    "afterwards.attestation_pdf": "PDF",
    "activities.export_csv": "file",
    "addresses.export_csv": "file",
    "addresses.export_json": "JSON",
    "agenda.feed": "calendar",
    "agenda.feed_of_mrc": "calendar",
    "agenda.feed_of_municipality": "calendar",
    "agenda.feed_of_region": "calendar",
    "personal_feeds.feed": "calendar",
    "agenda.feed_of_type": "calendar",
    "agenda.feed_of_theme": "calendar",
    "assets.favicon": "picture",
    "assets.stylesheet": "style sheet",
    "board.export_csv": "file",
    "contacts.export_csv": "file",
    "door.people": "JSON",
    "door.programme": "script",
    "door.worker": "script",
    "embeds.script": "script",
    "events.calendar_file": "calendar",
    "events.campaign_card": "picture",
    "events.card": "picture",
    "events.poster": "PDF",
    "events.qr": "picture",
    "health.healthz": "JSON",
    "images.preview": "picture",
    "images.show": "picture",
    "health.metrics": "text",
    "imports.csv": "file",
    "imports.workbook": "file",
    "mailings.recipients_csv": "file",
    "mailings.simulation_csv": "file",
    "open_data.atom": "feed",
    "open_data.csv": "file",
    "open_data.geojson": "JSON",
    "open_data.json": "JSON",
    "participations.calendar_file": "calendar",
    "participations.poster": "PDF",
    "participations.resolution": "Word file",
    "registrations.ticket_calendar": "calendar",
    "registrations.ticket_code": "picture",
    "registrations.ticket_pdf": "PDF",
    "static": "files",
    "territory.suggest": "JSON",
    "web.title_font": "font",
}
"""Addresses that answer something else than a page."""
