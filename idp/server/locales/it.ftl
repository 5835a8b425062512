# Every page
skip-link = Vai al contenuto
footer = Nulla viene condiviso finché non lo approvi sul telefono.

# Login: who asks, what for, who are you
login-title = Accedi a { $service }
login-lead = Niente password: risponde il tuo telefono.
login-asks = Ti verrà chiesto di condividere
login-asks-nothing = Non viene chiesto alcun dato, solo la conferma che sei tu.
login-choose = Scegli tu sul telefono. Ciò che disattivi non viene condiviso.
login-token-id = Il tuo IDToken
login-token-id-hint = Lo trovi nella tua app IDToken Seal.
login-token-id-invalid = Questo non è un IDToken. Copialo dalla tua app.
login-remember = Ricordalo su questo dispositivo
login-continue = Continua
login-or = oppure
login-use-qr = Usa invece un codice QR
login-cancel = Annulla
login-privacy = Informativa sulla privacy
login-noscript = Per accedere serve JavaScript: mostra il codice e riceve la risposta del telefono. Attivalo e ricarica questa pagina, oppure annulla.

# What can be asked for
scope-name = Il tuo nome e cognome
scope-given-name = Il tuo nome
scope-family-name = Il tuo cognome
scope-date-of-birth = La tua data di nascita
scope-nationality = La tua nazionalità
scope-document = Il numero del tuo documento
scope-photo = La tua foto
scope-trust-level = Come è stato rilasciato il tuo sigillo
scope-age-over-18 = Se hai più di 18 anni
scope-age-over-21 = Se hai più di 21 anni
scope-age-over-25 = Se hai più di 25 anni
scope-age-range = La tua fascia d’età
scope-is-eu-citizen = Se hai la cittadinanza dell’UE
scope-name-initial = Le tue iniziali

# The code
code-compare-title = Conferma sul telefono
code-compare-text = Approva solo se il telefono mostra proprio questo codice.
code-choose-title = Scegli questo codice sul telefono
code-choose-text = Il telefono propone tre codici. Scegli questo.
code-transfer-title = Digita questo codice sul telefono
code-transfer-text = Te lo chiede il telefono. Non dirlo mai a nessuno.
code-spoken = Codice: { $digits }
code-hidden-digit = nascosto
code-waiting = In attesa del telefono
push-late = Al momento le notifiche arrivano in ritardo. Apri la tua app IDToken Seal: la richiesta ti aspetta lì.
seconds-left =
    { $seconds ->
        [one] Manca { $seconds } secondo
       *[other] Mancano { $seconds } secondi
    }

# The QR code
scan-title = Inquadra con la tua app IDToken Seal
scan-text = Il codice cambia ogni pochi secondi: una foto diventa presto inutile.
scan-alt = Codice QR di questo accesso, per l’app IDToken Seal
scan-waiting = In attesa della lettura del codice
scan-without = Non riesci a inquadrarlo?
scan-open = Apri l’app su questo dispositivo
scan-link = Link per l’app
scan-copy = Copia
scan-copied = Link copiato
scan-not-copied = Qui non è consentito copiare. Il link è selezionato.
scan-use-token-id = Usa invece il tuo IDToken

# The end
approved-title = Approvato
approved-text = Ritorno a { $service }
ended-expired-title = Il codice è scaduto
ended-expired-text = Nessuno ha risposto in tempo. Nulla è stato condiviso.
ended-declined-title = Rifiutato sul telefono
ended-declined-text = Nulla è stato condiviso.
ended-wrong-code-title = Era un altro codice
ended-wrong-code-text = Il codice confermato sul telefono non era quello mostrato qui. Nulla è stato condiviso.
ended-too-many-title = Troppe risposte errate
ended-too-many-text = Il telefono ha sbagliato troppe volte e questo tentativo è stato interrotto. Nulla è stato condiviso.
ended-refused-title = La risposta non è stata accettata
ended-refused-text = Non è stato possibile verificare ciò che ha inviato il telefono. Nulla è stato condiviso.
ended-limited-title = Troppi tentativi
ended-limited-text = Attendi un momento prima di riprovare.
ended-unreachable-title = Nessuna connessione
ended-unreachable-text = Il server non è raggiungibile. Controlla la connessione e riprova.
ended-failed-title = Non ha funzionato
ended-failed-text = Il server non ha potuto rispondere. Riprova tra un momento.
ended-over-title = Questo accesso è terminato
ended-over-text = È stato completato, annullato o ha richiesto troppo tempo. Torna al servizio e ricomincia.
ended-retry = Riprova
ended-wait = Riprova tra { $seconds } s
ended-other = Scegli un altro modo

# The answer on its way to the client
form-post-title = Un momento
form-post-text = Ritorno al servizio.

# Errors
failure-code = Codice di errore:
failure-for-developers = Per gli sviluppatori:
failure-back = Torna a { $service }
failure-footer = IDToken Seal
failure-unknown-client-title = Questa applicazione è sconosciuta
failure-unknown-client-text = Non è registrata qui oppure è stata disattivata. Nulla è stato condiviso. Avvisa chi la gestisce.
failure-invalid-redirect-uri-title = Questo indirizzo di ritorno non è sicuro
failure-invalid-redirect-uri-text = L’applicazione vuole mandarti a un indirizzo che non è registrato per essa, quindi l’accesso è stato interrotto. Nulla è stato condiviso.
failure-invalid-request-title = Non è possibile rispondere a questa richiesta
failure-invalid-request-text = L’applicazione ha inviato una richiesta incompleta o danneggiata. Torna indietro e riprova.
failure-interaction-expired-title = Questo accesso è terminato
failure-interaction-expired-text = È stato completato, annullato o ha richiesto troppo tempo. Torna al servizio e ricomincia.
failure-other-browser-title = Questo accesso è iniziato in un altro browser
failure-other-browser-text = Continua dove hai iniziato oppure ricomincia qui. I cookie devono essere consentiti.
failure-cross-site-title = Questa richiesta viene da un altro sito
failure-cross-site-text = Solo la nostra pagina può farlo, quindi non è successo nulla. Torna al servizio e ricomincia.
failure-not-found-title = Qui non c’è nulla
failure-not-found-text = L’indirizzo è errato oppure la pagina non esiste più.
failure-rate-limited-title = Troppe richieste
failure-rate-limited-text = Attendi un momento, poi riprova.
failure-unavailable-title = Non è possibile al momento
failure-unavailable-text = Il server non può rispondere ora. Riprova tra un momento.
failure-internal-title = Qualcosa non ha funzionato da parte nostra
failure-internal-text = Non è colpa tua e nulla è stato condiviso. Riprova tra un momento.

# Signing out
logout-title = Vuoi uscire?
logout-text = Tutti i servizi a cui hai effettuato l’accesso da questo browser vengono avvisati.
logout-text-service = Lo chiede { $service }. Tutti i servizi a cui hai effettuato l’accesso da questo browser vengono avvisati.
logout-confirm = Esci
logout-stay = Resta connesso
logged-out-title = Sei uscito
logged-out-text = Puoi chiudere questa pagina.
logged-out-everywhere = I servizi che hai usato vengono avvisati.
logged-out-partial = Non è stato possibile avvisare questi servizi, che forse sono ancora aperti: { $services }
logged-out-frame = Uscita da un servizio
still-title = L’accesso è ancora attivo
still-text = Non è cambiato nulla. Puoi chiudere questa pagina.

# Connecting a device
device-title = Collega un dispositivo
device-lead = Inserisci il codice mostrato dal dispositivo.
device-check = Controlla che il dispositivo mostri proprio questo codice.
device-code = Codice sul dispositivo
device-hint = Otto lettere. Maiuscole e trattino non fanno differenza.
device-warning = Continua solo se hai iniziato tu, su un dispositivo davanti a te. Chi ti telefona o ti scrive non ha bisogno di questo codice.
device-unknown = Questo codice è sconosciuto o scaduto. Controllalo oppure ricomincia sul dispositivo.
device-too-many = Troppi tentativi. Attendi un momento, poi riprova.
device-approved-title = Il dispositivo è collegato
device-approved-text = Continua da lì. Puoi chiudere questa pagina.
device-denied-title = Il dispositivo non è stato collegato
device-denied-text = Nulla è stato condiviso. Puoi chiudere questa pagina.
device-expired-title = Troppo tardi
device-expired-text = Il codice è scaduto. Ricomincia sul dispositivo.
