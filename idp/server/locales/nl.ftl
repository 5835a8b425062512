# Every page
skip-link = Naar de inhoud
footer = Er wordt niets gedeeld totdat u het op uw telefoon goedkeurt.

# Login: who asks, what for, who are you
login-title = Inloggen bij { $service }
login-lead = Zonder wachtwoord: uw telefoon antwoordt.
login-asks = U wordt gevraagd dit te delen
login-asks-nothing = Er worden geen gegevens gevraagd, alleen de bevestiging dat u het bent.
login-choose = U kiest op uw telefoon. Wat u uitschakelt, wordt niet gedeeld.
login-token-id = Uw IDToken
login-token-id-hint = U vindt het in uw IDToken Seal-app.
login-token-id-invalid = Dit is geen IDToken. Kopieer het uit uw app.
login-remember = Onthouden op dit apparaat
login-continue = Doorgaan
login-or = of
login-use-qr = Liever een QR-code gebruiken
login-cancel = Annuleren
login-privacy = Privacybeleid
login-noscript = Inloggen vereist JavaScript: dat toont de code en ontvangt het antwoord van uw telefoon. Schakel het in en laad deze pagina opnieuw, of annuleer.

# What can be asked for
scope-name = Uw naam
scope-given-name = Uw voornaam
scope-family-name = Uw achternaam
scope-date-of-birth = Uw geboortedatum
scope-nationality = Uw nationaliteit
scope-document = Het nummer van uw document
scope-photo = Uw foto
scope-trust-level = Hoe uw zegel is uitgegeven
scope-age-over-18 = Of u ouder bent dan 18
scope-age-over-21 = Of u ouder bent dan 21
scope-age-over-25 = Of u ouder bent dan 25
scope-age-range = Uw leeftijdsgroep
scope-is-eu-citizen = Of u EU-burger bent
scope-name-initial = Uw initialen

# The code
code-compare-title = Bevestig op uw telefoon
code-compare-text = Keur alleen goed als uw telefoon precies deze code toont.
code-choose-title = Kies deze code op uw telefoon
code-choose-text = Uw telefoon biedt drie codes aan. Kies deze.
code-transfer-title = Typ deze code op uw telefoon
code-transfer-text = Uw telefoon vraagt erom. Vertel de code nooit aan iemand.
code-spoken = Code: { $digits }
code-hidden-digit = verborgen
code-waiting = Wachten op uw telefoon
push-late = Meldingen komen nu te laat aan. Open uw IDToken Seal-app: het verzoek wacht daar.
seconds-left =
    { $seconds ->
        [one] Nog { $seconds } seconde
       *[other] Nog { $seconds } seconden
    }

# The QR code
scan-title = Scan met uw IDToken Seal-app
scan-text = De code verandert om de paar seconden, dus een foto ervan is al snel waardeloos.
scan-alt = QR-code van deze aanmelding, voor de IDToken Seal-app
scan-waiting = Wachten tot de code wordt gescand
scan-without = Kunt u niet scannen?
scan-open = De app op dit apparaat openen
scan-link = Link voor de app
scan-copy = Kopiëren
scan-copied = Link gekopieerd
scan-not-copied = Kopiëren is hier niet toegestaan. De link is geselecteerd.
scan-use-token-id = Liever uw IDToken gebruiken

# The end
approved-title = Goedgekeurd
approved-text = U gaat terug naar { $service }
ended-expired-title = De code is verlopen
ended-expired-text = Er kwam niet op tijd antwoord. Er is niets gedeeld.
ended-declined-title = Geweigerd op de telefoon
ended-declined-text = Er is niets gedeeld.
ended-wrong-code-title = Dat was een andere code
ended-wrong-code-text = De code die op de telefoon is bevestigd, was niet de code die hier staat. Er is niets gedeeld.
ended-too-many-title = Te veel foute antwoorden
ended-too-many-text = De telefoon antwoordde te vaak fout, daarom is deze poging gestopt. Er is niets gedeeld.
ended-refused-title = Het antwoord is niet geaccepteerd
ended-refused-text = Wat de telefoon stuurde, kon niet worden gecontroleerd. Er is niets gedeeld.
ended-limited-title = Te veel pogingen
ended-limited-text = Wacht even voordat u het opnieuw probeert.
ended-unreachable-title = Geen verbinding
ended-unreachable-text = De server is niet bereikbaar. Controleer uw verbinding en probeer het opnieuw.
ended-failed-title = Dat is niet gelukt
ended-failed-text = De server kon niet antwoorden. Probeer het zo opnieuw.
ended-over-title = Deze aanmelding is voorbij
ended-over-text = De aanmelding is voltooid, geannuleerd of duurde te lang. Ga terug naar de dienst en begin opnieuw.
ended-retry = Opnieuw proberen
ended-wait = Opnieuw proberen over { $seconds } s
ended-other = Een andere manier kiezen

# The answer on its way to the client
form-post-title = Een ogenblik
form-post-text = U gaat terug naar de dienst.

# Errors
failure-code = Foutcode:
failure-for-developers = Voor ontwikkelaars:
failure-back = Terug naar { $service }
failure-footer = IDToken Seal
failure-unknown-client-title = Deze toepassing is niet bekend
failure-unknown-client-text = De toepassing is hier niet geregistreerd of is uitgeschakeld. Er is niets gedeeld. Meld het aan de beheerder ervan.
failure-invalid-redirect-uri-title = Deze weg terug is niet veilig
failure-invalid-redirect-uri-text = De toepassing wil u naar een adres sturen dat er niet voor is geregistreerd, daarom is de aanmelding gestopt. Er is niets gedeeld.
failure-invalid-request-title = Dit verzoek kan niet worden beantwoord
failure-invalid-request-text = De toepassing stuurde een onvolledig of beschadigd verzoek. Ga terug en probeer het opnieuw.
failure-interaction-expired-title = Deze aanmelding is voorbij
failure-interaction-expired-text = De aanmelding is voltooid, geannuleerd of duurde te lang. Ga terug naar de dienst en begin opnieuw.
failure-other-browser-title = Deze aanmelding begon in een andere browser
failure-other-browser-text = Ga daar verder of begin hier opnieuw. Cookies moeten zijn toegestaan.
failure-cross-site-title = Dit kwam van een andere website
failure-cross-site-text = Dat mag alleen onze eigen pagina, dus er is niets gebeurd. Ga terug naar de dienst en begin opnieuw.
failure-not-found-title = Hier is niets
failure-not-found-text = Het adres klopt niet of de pagina bestaat niet meer.
failure-rate-limited-title = Te veel verzoeken
failure-rate-limited-text = Wacht even en probeer het dan opnieuw.
failure-unavailable-title = Op dit moment niet mogelijk
failure-unavailable-text = De server kan nu niet antwoorden. Probeer het zo opnieuw.
failure-internal-title = Er ging bij ons iets mis
failure-internal-text = Het ligt niet aan u en er is niets gedeeld. Probeer het zo opnieuw.

# Signing out
logout-title = Wilt u uitloggen?
logout-text = Alle diensten waarbij u met deze browser bent ingelogd, krijgen bericht.
logout-text-service = { $service } vraagt erom. Alle diensten waarbij u met deze browser bent ingelogd, krijgen bericht.
logout-confirm = Uitloggen
logout-stay = Ingelogd blijven
logged-out-title = U bent uitgelogd
logged-out-text = U kunt deze pagina sluiten.
logged-out-everywhere = De diensten die u hebt gebruikt, krijgen bericht.
logged-out-partial = Deze diensten konden niet worden ingelicht en zijn misschien nog open: { $services }
logged-out-frame = Uitloggen bij een dienst
still-title = U bent nog ingelogd
still-text = Er is niets veranderd. U kunt deze pagina sluiten.

# Connecting a device
device-title = Een apparaat koppelen
device-lead = Voer de code in die uw apparaat toont.
device-check = Controleer of uw apparaat precies deze code toont.
device-code = Code op uw apparaat
device-hint = Acht letters. Hoofdletters en het streepje maken niet uit.
device-warning = Ga alleen door als u dit zelf bent begonnen, op een apparaat dat u voor u hebt. Niemand die u belt of schrijft, heeft deze code nodig.
device-unknown = Deze code is niet bekend of is verlopen. Controleer de code of begin opnieuw op het apparaat.
device-too-many = Te veel pogingen. Wacht even en probeer het dan opnieuw.
device-approved-title = Uw apparaat is gekoppeld
device-approved-text = Ga daar verder. U kunt deze pagina sluiten.
device-denied-title = Uw apparaat is niet gekoppeld
device-denied-text = Er is niets gedeeld. U kunt deze pagina sluiten.
device-expired-title = Te laat
device-expired-text = De code is verlopen. Begin opnieuw op het apparaat.
