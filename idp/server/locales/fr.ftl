# Every page
skip-link = Aller au contenu
footer = Rien n’est partagé avant votre accord sur le téléphone.

# Login: who asks, what for, who are you
login-title = Se connecter à { $service }
login-lead = Pas de mot de passe : votre téléphone répond.
login-asks = Il vous sera demandé de partager
login-asks-nothing = Aucune information n’est demandée, seulement la confirmation que c’est bien vous.
login-choose = Vous choisissez sur votre téléphone. Ce que vous désactivez n’est pas partagé.
login-token-id = Votre IDToken
login-token-id-hint = Il est affiché dans votre application IDToken Seal.
login-token-id-invalid = Ce n’est pas un IDToken. Copiez-le depuis votre application.
login-remember = Le mémoriser sur cet appareil
login-continue = Continuer
login-or = ou
login-use-qr = Utiliser plutôt un code QR
login-cancel = Annuler
login-privacy = Politique de confidentialité
login-noscript = La connexion nécessite JavaScript, qui affiche le code et reçoit la réponse de votre téléphone. Activez-le et rechargez cette page, ou annulez.

# What can be asked for
scope-name = Votre nom et votre prénom
scope-given-name = Votre prénom
scope-family-name = Votre nom de famille
scope-date-of-birth = Votre date de naissance
scope-nationality = Votre nationalité
scope-document = Le numéro de votre document
scope-photo = Votre photo
scope-trust-level = La façon dont votre sceau a été délivré
scope-age-over-18 = Si vous avez plus de 18 ans
scope-age-over-21 = Si vous avez plus de 21 ans
scope-age-over-25 = Si vous avez plus de 25 ans
scope-age-range = Votre tranche d’âge
scope-is-eu-citizen = Si vous êtes citoyen de l’UE
scope-name-initial = Vos initiales

# The code
code-compare-title = Confirmez sur votre téléphone
code-compare-text = N’approuvez que si votre téléphone affiche exactement ce code.
code-choose-title = Choisissez ce code sur votre téléphone
code-choose-text = Votre téléphone propose trois codes. Choisissez celui-ci.
code-transfer-title = Saisissez ce code sur votre téléphone
code-transfer-text = Votre téléphone le demande. Ne le donnez jamais à personne.
code-spoken = Code : { $digits }
code-hidden-digit = masqué
code-waiting = En attente de votre téléphone
push-late = Les notifications arrivent en retard en ce moment. Ouvrez votre application IDToken Seal : la demande vous y attend.
seconds-left =
    { $seconds ->
        [one] Il reste { $seconds } seconde
       *[other] Il reste { $seconds } secondes
    }

# The QR code
scan-title = Scannez avec votre application IDToken Seal
scan-text = Le code change au bout de quelques secondes : une photo ne sert bientôt plus à rien.
scan-alt = Code QR de cette connexion, pour l’application IDToken Seal
scan-waiting = En attente de la lecture du code
scan-without = Vous ne pouvez pas le scanner ?
scan-open = Ouvrir l’application sur cet appareil
scan-link = Lien pour l’application
scan-copy = Copier
scan-copied = Lien copié
scan-not-copied = La copie n’est pas autorisée ici. Le lien est sélectionné.
scan-use-token-id = Utiliser plutôt votre IDToken

# The end
approved-title = Approuvé
approved-text = Retour à { $service }
ended-expired-title = Le code a expiré
ended-expired-text = Personne n’a répondu à temps. Rien n’a été partagé.
ended-declined-title = Refusé sur le téléphone
ended-declined-text = Rien n’a été partagé.
ended-wrong-code-title = C’était un autre code
ended-wrong-code-text = Le code confirmé sur le téléphone n’était pas celui affiché ici. Rien n’a été partagé.
ended-too-many-title = Trop de réponses erronées
ended-too-many-text = Le téléphone s’est trompé trop souvent et cette tentative a été arrêtée. Rien n’a été partagé.
ended-refused-title = La réponse n’a pas été acceptée
ended-refused-text = Ce que le téléphone a envoyé n’a pas pu être vérifié. Rien n’a été partagé.
ended-limited-title = Trop de tentatives
ended-limited-text = Patientez un instant avant de réessayer.
ended-unreachable-title = Pas de connexion
ended-unreachable-text = Le serveur est injoignable. Vérifiez votre connexion et réessayez.
ended-failed-title = Cela n’a pas fonctionné
ended-failed-text = Le serveur n’a pas pu répondre. Réessayez dans un instant.
ended-over-title = Cette connexion est terminée
ended-over-text = Elle a abouti, a été annulée ou a pris trop de temps. Retournez au service et recommencez.
ended-retry = Réessayer
ended-wait = Réessayer dans { $seconds } s
ended-other = Choisir un autre moyen

# The answer on its way to the client
form-post-title = Un instant
form-post-text = Retour au service.

# Errors
failure-code = Code d’erreur :
failure-for-developers = Pour les développeurs :
failure-back = Retour à { $service }
failure-footer = IDToken Seal
failure-unknown-client-title = Cette application est inconnue
failure-unknown-client-text = Elle n’est pas enregistrée ici ou a été désactivée. Rien n’a été partagé. Prévenez son exploitant.
failure-invalid-redirect-uri-title = Cette adresse de retour n’est pas sûre
failure-invalid-redirect-uri-text = L’application veut vous envoyer à une adresse qui n’est pas enregistrée pour elle ; la connexion a donc été arrêtée. Rien n’a été partagé.
failure-invalid-request-title = Cette demande ne peut pas aboutir
failure-invalid-request-text = L’application a envoyé une demande incomplète ou endommagée. Revenez en arrière et réessayez.
failure-interaction-expired-title = Cette connexion est terminée
failure-interaction-expired-text = Elle a abouti, a été annulée ou a pris trop de temps. Retournez au service et recommencez.
failure-other-browser-title = Cette connexion a commencé dans un autre navigateur
failure-other-browser-text = Continuez là où vous avez commencé, ou recommencez ici. Les cookies doivent être autorisés.
failure-cross-site-title = Un autre site web a envoyé cette demande
failure-cross-site-text = Seule notre propre page peut le faire ; rien ne s’est donc produit. Retournez au service et recommencez.
failure-not-found-title = Il n’y a rien ici
failure-not-found-text = L’adresse est erronée ou la page n’existe plus.
failure-rate-limited-title = Trop de demandes
failure-rate-limited-text = Patientez un instant, puis réessayez.
failure-unavailable-title = Impossible pour le moment
failure-unavailable-text = Le serveur ne peut pas répondre maintenant. Réessayez dans un instant.
failure-internal-title = Une erreur s’est produite chez nous
failure-internal-text = Vous n’y êtes pour rien et rien n’a été partagé. Réessayez dans un instant.

# Signing out
logout-title = Voulez-vous vous déconnecter ?
logout-text = Tous les services auxquels vous vous êtes connecté depuis ce navigateur en sont informés.
logout-text-service = { $service } le demande. Tous les services auxquels vous vous êtes connecté depuis ce navigateur en sont informés.
logout-confirm = Se déconnecter
logout-stay = Rester connecté
logged-out-title = Vous êtes déconnecté
logged-out-text = Vous pouvez fermer cette page.
logged-out-everywhere = Les services que vous avez utilisés en sont informés.
logged-out-partial = Ces services n’ont pas pu être informés et sont peut-être encore ouverts : { $services }
logged-out-frame = Déconnexion d’un service
still-title = Vous êtes toujours connecté
still-text = Rien n’a changé. Vous pouvez fermer cette page.

# Connecting a device
device-title = Associer un appareil
device-lead = Saisissez le code affiché par votre appareil.
device-check = Vérifiez que votre appareil affiche exactement ce code.
device-code = Code de votre appareil
device-hint = Huit lettres. Les majuscules et le tiret n’ont pas d’importance.
device-warning = Ne continuez que si vous avez commencé vous-même, sur un appareil devant vous. Personne qui vous appelle ou vous écrit n’a besoin de ce code.
device-unknown = Ce code est inconnu ou a expiré. Vérifiez-le, ou recommencez sur l’appareil.
device-too-many = Trop de tentatives. Patientez un instant, puis réessayez.
device-approved-title = Votre appareil est associé
device-approved-text = Continuez sur celui-ci. Vous pouvez fermer cette page.
device-denied-title = Votre appareil n’a pas été associé
device-denied-text = Rien n’a été partagé. Vous pouvez fermer cette page.
device-expired-title = Trop tard
device-expired-text = Le code a expiré. Recommencez sur l’appareil.
