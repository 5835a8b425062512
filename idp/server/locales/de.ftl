# Every page
skip-link = Zum Inhalt springen
footer = Ohne Ihre Freigabe auf dem Telefon wird nichts weitergegeben.

# Login: who asks, what for, who are you
login-title = Bei { $service } anmelden
login-lead = Ohne Passwort: Ihr Telefon antwortet.
login-asks = Diese Angaben werden erbeten
login-asks-nothing = Es wird keine Angabe erbeten, nur die Bestätigung, dass Sie es sind.
login-choose = Sie entscheiden auf Ihrem Telefon. Was Sie ausschalten, wird nicht weitergegeben.
login-token-id = Ihr IDToken
login-token-id-hint = Ihre IDToken-Seal-App zeigt es an.
login-token-id-invalid = Das ist kein IDToken. Kopieren Sie es aus Ihrer App.
login-remember = Auf diesem Gerät merken
login-continue = Weiter
login-or = oder
login-use-qr = Stattdessen einen QR-Code verwenden
login-cancel = Abbrechen
login-privacy = Datenschutzerklärung
login-noscript = Die Anmeldung braucht JavaScript: Es zeigt den Code und empfängt die Antwort Ihres Telefons. Schalten Sie es ein und laden Sie diese Seite neu, oder brechen Sie ab.

# What can be asked for
scope-name = Ihr Name
scope-given-name = Ihr Vorname
scope-family-name = Ihr Familienname
scope-date-of-birth = Ihr Geburtsdatum
scope-nationality = Ihre Staatsangehörigkeit
scope-document = Die Nummer Ihres Dokuments
scope-photo = Ihr Foto
scope-trust-level = Wie Ihr Siegel ausgestellt wurde
scope-age-over-18 = Ob Sie über 18 sind
scope-age-over-21 = Ob Sie über 21 sind
scope-age-over-25 = Ob Sie über 25 sind
scope-age-range = Ihre Altersgruppe
scope-is-eu-citizen = Ob Sie EU-Bürger sind
scope-name-initial = Ihre Initialen

# The code
code-compare-title = Bestätigen Sie auf Ihrem Telefon
code-compare-text = Stimmen Sie nur zu, wenn Ihr Telefon genau diesen Code zeigt.
code-choose-title = Wählen Sie diesen Code auf Ihrem Telefon
code-choose-text = Ihr Telefon bietet drei Codes an. Wählen Sie diesen.
code-transfer-title = Geben Sie diesen Code auf Ihrem Telefon ein
code-transfer-text = Ihr Telefon fragt danach. Verraten Sie ihn niemandem.
code-spoken = Code: { $digits }
code-hidden-digit = verdeckt
code-waiting = Warten auf Ihr Telefon
push-late = Benachrichtigungen kommen zurzeit verspätet an. Öffnen Sie Ihre IDToken-Seal-App: Die Anfrage wartet dort.
seconds-left =
    { $seconds ->
        [one] Noch { $seconds } Sekunde
       *[other] Noch { $seconds } Sekunden
    }

# The QR code
scan-title = Mit Ihrer IDToken-Seal-App scannen
scan-text = Der Code ändert sich alle paar Sekunden, ein Foto davon ist bald wertlos.
scan-alt = QR-Code dieser Anmeldung, für die IDToken-Seal-App
scan-waiting = Warten, bis der Code gescannt wird
scan-without = Sie können ihn nicht scannen?
scan-open = App auf diesem Gerät öffnen
scan-link = Link für die App
scan-copy = Kopieren
scan-copied = Link kopiert
scan-not-copied = Kopieren ist hier nicht erlaubt. Der Link ist markiert.
scan-use-token-id = Stattdessen Ihr IDToken verwenden

# The end
approved-title = Bestätigt
approved-text = Es geht zurück zu { $service }
ended-expired-title = Der Code ist abgelaufen
ended-expired-text = Es kam keine Antwort in der vorgesehenen Zeit. Nichts wurde weitergegeben.
ended-declined-title = Auf dem Telefon abgelehnt
ended-declined-text = Nichts wurde weitergegeben.
ended-wrong-code-title = Das war ein anderer Code
ended-wrong-code-text = Der auf dem Telefon bestätigte Code war nicht der hier gezeigte. Nichts wurde weitergegeben.
ended-too-many-title = Zu viele falsche Antworten
ended-too-many-text = Das Telefon hat zu oft falsch geantwortet, deshalb wurde dieser Versuch beendet. Nichts wurde weitergegeben.
ended-refused-title = Die Antwort wurde nicht angenommen
ended-refused-text = Was das Telefon gesendet hat, ließ sich nicht prüfen. Nichts wurde weitergegeben.
ended-limited-title = Zu viele Versuche
ended-limited-text = Warten Sie einen Moment, bevor Sie es erneut versuchen.
ended-unreachable-title = Keine Verbindung
ended-unreachable-text = Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.
ended-failed-title = Das hat nicht geklappt
ended-failed-text = Der Server konnte nicht antworten. Versuchen Sie es gleich noch einmal.
ended-over-title = Diese Anmeldung ist beendet
ended-over-text = Sie wurde abgeschlossen, abgebrochen oder hat zu lange gedauert. Gehen Sie zum Dienst zurück und beginnen Sie neu.
ended-retry = Erneut versuchen
ended-wait = Erneut versuchen in { $seconds } s
ended-other = Anderen Weg wählen

# The answer on its way to the client
form-post-title = Einen Moment
form-post-text = Es geht zurück zum Dienst.

# Errors
failure-code = Fehlercode:
failure-for-developers = Für Entwickler:
failure-back = Zurück zu { $service }
failure-footer = IDToken Seal
failure-unknown-client-title = Diese Anwendung ist nicht bekannt
failure-unknown-client-text = Sie ist hier nicht registriert oder wurde abgeschaltet. Nichts wurde weitergegeben. Informieren Sie den Betreiber.
failure-invalid-redirect-uri-title = Dieser Rückweg ist nicht sicher
failure-invalid-redirect-uri-text = Die Anwendung will Sie an eine Adresse schicken, die für sie nicht registriert ist. Deshalb wurde die Anmeldung beendet. Nichts wurde weitergegeben.
failure-invalid-request-title = Diese Anfrage lässt sich nicht beantworten
failure-invalid-request-text = Die Anwendung hat eine unvollständige oder beschädigte Anfrage gesendet. Gehen Sie zurück und versuchen Sie es erneut.
failure-interaction-expired-title = Diese Anmeldung ist beendet
failure-interaction-expired-text = Sie wurde abgeschlossen, abgebrochen oder hat zu lange gedauert. Gehen Sie zum Dienst zurück und beginnen Sie neu.
failure-other-browser-title = Diese Anmeldung begann in einem anderen Browser
failure-other-browser-text = Machen Sie dort weiter oder beginnen Sie hier neu. Cookies müssen erlaubt sein.
failure-cross-site-title = Das kam von einer anderen Website
failure-cross-site-text = Das darf nur unsere eigene Seite, deshalb ist nichts geschehen. Gehen Sie zum Dienst zurück und beginnen Sie neu.
failure-not-found-title = Hier ist nichts
failure-not-found-text = Die Adresse ist falsch, oder die Seite gibt es nicht mehr.
failure-rate-limited-title = Zu viele Anfragen
failure-rate-limited-text = Warten Sie einen Moment und versuchen Sie es dann erneut.
failure-unavailable-title = Im Moment nicht möglich
failure-unavailable-text = Der Server kann gerade nicht antworten. Versuchen Sie es gleich noch einmal.
failure-internal-title = Bei uns ist etwas schiefgegangen
failure-internal-text = Es liegt nicht an Ihnen, und nichts wurde weitergegeben. Versuchen Sie es gleich noch einmal.

# Signing out
logout-title = Möchten Sie sich abmelden?
logout-text = Alle Dienste, bei denen Sie sich mit diesem Browser angemeldet haben, werden benachrichtigt.
logout-text-service = { $service } bittet darum. Alle Dienste, bei denen Sie sich mit diesem Browser angemeldet haben, werden benachrichtigt.
logout-confirm = Abmelden
logout-stay = Angemeldet bleiben
logged-out-title = Sie sind abgemeldet
logged-out-text = Sie können diese Seite schließen.
logged-out-everywhere = Die von Ihnen genutzten Dienste werden benachrichtigt.
logged-out-partial = Diese Dienste konnten nicht benachrichtigt werden und sind vielleicht noch geöffnet: { $services }
logged-out-frame = Abmeldung bei einem Dienst
still-title = Sie sind weiterhin angemeldet
still-text = Nichts hat sich geändert. Sie können diese Seite schließen.

# Connecting a device
device-title = Ein Gerät verbinden
device-lead = Geben Sie den Code ein, den Ihr Gerät zeigt.
device-check = Prüfen Sie, ob Ihr Gerät genau diesen Code zeigt.
device-code = Code auf Ihrem Gerät
device-hint = Acht Buchstaben. Groß- und Kleinschreibung und der Bindestrich spielen keine Rolle.
device-warning = Fahren Sie nur fort, wenn Sie selbst begonnen haben, an einem Gerät vor Ihnen. Niemand, der Sie anruft oder Ihnen schreibt, braucht diesen Code.
device-unknown = Dieser Code ist nicht bekannt oder abgelaufen. Prüfen Sie ihn, oder beginnen Sie am Gerät neu.
device-too-many = Zu viele Versuche. Warten Sie einen Moment und versuchen Sie es dann erneut.
device-approved-title = Ihr Gerät ist verbunden
device-approved-text = Machen Sie dort weiter. Sie können diese Seite schließen.
device-denied-title = Ihr Gerät wurde nicht verbunden
device-denied-text = Nichts wurde weitergegeben. Sie können diese Seite schließen.
device-expired-title = Zu spät
device-expired-text = Der Code ist abgelaufen. Beginnen Sie am Gerät neu.
