# Every page
skip-link = Skip to content
footer = Nothing is shared until you approve it on your phone.

# Login: who asks, what for, who are you
login-title = Sign in to { $service }
login-lead = No password. Your phone answers.
login-asks = You will be asked to share
login-asks-nothing = Nothing about you is asked for, only that it is you.
login-choose = You choose on your phone. Whatever you switch off is not shared.
login-token-id = Your IDToken
login-token-id-hint = Your IDToken Seal app shows it.
login-token-id-invalid = This is not an IDToken. Copy it from your app.
login-remember = Remember it on this device
login-continue = Continue
login-or = or
login-use-qr = Use a QR code instead
login-cancel = Cancel
login-privacy = Privacy policy
login-noscript = Signing in needs JavaScript: it shows the code and hears from your phone. Switch it on and load this page again, or cancel.

# What can be asked for
scope-name = Your name
scope-given-name = Your given name
scope-family-name = Your family name
scope-date-of-birth = Your date of birth
scope-nationality = Your nationality
scope-document = The number of your document
scope-photo = Your photo
scope-trust-level = How your seal was issued
scope-age-over-18 = Whether you are over 18
scope-age-over-21 = Whether you are over 21
scope-age-over-25 = Whether you are over 25
scope-age-range = Your age range
scope-is-eu-citizen = Whether you are an EU citizen
scope-name-initial = Your initials

# The code
code-compare-title = Confirm on your phone
code-compare-text = Approve only if your phone shows this same code.
code-choose-title = Pick this code on your phone
code-choose-text = Your phone offers three codes. Choose this one.
code-transfer-title = Type this code on your phone
code-transfer-text = Your phone asks for it. Never tell it to anyone.
code-spoken = Code: { $digits }
code-hidden-digit = hidden
code-waiting = Waiting for your phone
push-late = Notifications are late at the moment. Open your IDToken Seal app: the request waits there.
seconds-left =
    { $seconds ->
        [one] { $seconds } second left
       *[other] { $seconds } seconds left
    }

# The QR code
scan-title = Scan with your IDToken Seal app
scan-text = The code changes every few seconds, so a photo of it is soon worthless.
scan-alt = QR code of this sign-in, for the IDToken Seal app
scan-waiting = Waiting for the code to be scanned
scan-without = You cannot scan it?
scan-open = Open the app on this device
scan-link = Link for the app
scan-copy = Copy
scan-copied = Link copied
scan-not-copied = Copying is not allowed here. The link is selected.
scan-use-token-id = Use your IDToken instead

# The end
approved-title = Approved
approved-text = Taking you back to { $service }
ended-expired-title = The code has expired
ended-expired-text = Nobody answered in time. Nothing was shared.
ended-declined-title = Declined on the phone
ended-declined-text = Nothing was shared.
ended-wrong-code-title = That was another code
ended-wrong-code-text = The code confirmed on the phone was not the one shown here. Nothing was shared.
ended-too-many-title = Too many wrong answers
ended-too-many-text = The phone answered wrongly too often, so this attempt was stopped. Nothing was shared.
ended-refused-title = The answer was not accepted
ended-refused-text = What the phone sent could not be verified. Nothing was shared.
ended-limited-title = Too many attempts
ended-limited-text = Wait a moment before you try again.
ended-unreachable-title = No connection
ended-unreachable-text = The server cannot be reached. Check your connection and try again.
ended-failed-title = That did not work
ended-failed-text = The server could not answer. Try again in a moment.
ended-over-title = This sign-in is over
ended-over-text = It was finished, cancelled or took too long. Go back to the service and start again.
ended-retry = Try again
ended-wait = Try again in { $seconds } s
ended-other = Choose another way

# The answer on its way to the client
form-post-title = One moment
form-post-text = Taking you back to the service.

# Errors
failure-code = Error code:
failure-for-developers = For developers:
failure-back = Back to { $service }
failure-footer = IDToken Seal
failure-unknown-client-title = This application is not known
failure-unknown-client-text = It is not registered here, or has been switched off. Nothing was shared. Tell whoever runs it.
failure-invalid-redirect-uri-title = This way back is not safe
failure-invalid-redirect-uri-text = The application wants to send you to an address that is not registered for it, so the sign-in was stopped. Nothing was shared.
failure-invalid-request-title = This request cannot be answered
failure-invalid-request-text = The application sent something that is incomplete or damaged. Go back and try again.
failure-interaction-expired-title = This sign-in is over
failure-interaction-expired-text = It was finished, cancelled or took too long. Go back to the service and start again.
failure-other-browser-title = This sign-in began in another browser
failure-other-browser-text = Continue where you started, or start again here. Cookies must be allowed.
failure-cross-site-title = Another website sent this
failure-cross-site-text = Only our own page may do that, so nothing has happened. Go back to the service and start again.
failure-not-found-title = There is nothing here
failure-not-found-text = The address is wrong, or the page no longer exists.
failure-rate-limited-title = Too many requests
failure-rate-limited-text = Wait a moment, then try again.
failure-unavailable-title = Not possible at the moment
failure-unavailable-text = The server cannot answer now. Try again in a moment.
failure-internal-title = Something failed here
failure-internal-text = It is not your fault, and nothing was shared. Try again in a moment.

# Signing out
logout-title = Do you want to sign out?
logout-text = Every service that you signed in to from this browser is told.
logout-text-service = { $service } asks for it. Every service that you signed in to from this browser is told.
logout-confirm = Sign out
logout-stay = Stay signed in
logged-out-title = You are signed out
logged-out-text = You can close this page.
logged-out-everywhere = The services that you used are being told.
logged-out-partial = These services could not be told, and may still be open: { $services }
logged-out-frame = Signing out of a service
still-title = You are still signed in
still-text = Nothing has changed. You can close this page.

# Connecting a device
device-title = Connect a device
device-lead = Enter the code that your device shows.
device-check = Check that your device shows this same code.
device-code = Code on your device
device-hint = Eight letters. Capitals and the hyphen make no difference.
device-warning = Continue only if you started this yourself, on a device in front of you. Nobody who calls or writes to you needs this code.
device-unknown = This code is not known, or has expired. Check it, or start again on the device.
device-too-many = Too many attempts. Wait a moment, then try again.
device-approved-title = Your device is connected
device-approved-text = Go on there. You can close this page.
device-denied-title = Your device was not connected
device-denied-text = Nothing was shared. You can close this page.
device-expired-title = Too late
device-expired-text = The code has expired. Start again on the device.
