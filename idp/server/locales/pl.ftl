# Every page
skip-link = Przejdź do treści
footer = Nic nie zostanie udostępnione bez Twojej zgody na telefonie.

# Login: who asks, what for, who are you
login-title = Logowanie do { $service }
login-lead = Bez hasła: odpowiada Twój telefon.
login-asks = Prośba o udostępnienie
login-asks-nothing = Nie są potrzebne żadne dane, tylko potwierdzenie, że to Ty.
login-choose = Wybierasz na telefonie. To, co wyłączysz, nie zostanie udostępnione.
login-token-id = Twój IDToken
login-token-id-hint = Znajdziesz go w aplikacji IDToken Seal.
login-token-id-invalid = To nie jest IDToken. Skopiuj go z aplikacji.
login-remember = Zapamiętaj na tym urządzeniu
login-continue = Dalej
login-or = albo
login-use-qr = Użyj kodu QR
login-cancel = Anuluj
login-privacy = Polityka prywatności
login-noscript = Logowanie wymaga JavaScriptu: pokazuje on kod i odbiera odpowiedź z telefonu. Włącz go i wczytaj tę stronę ponownie albo anuluj.

# What can be asked for
scope-name = Twoje imię i nazwisko
scope-given-name = Twoje imię
scope-family-name = Twoje nazwisko
scope-date-of-birth = Twoja data urodzenia
scope-nationality = Twoje obywatelstwo
scope-document = Numer Twojego dokumentu
scope-photo = Twoje zdjęcie
scope-trust-level = Sposób wydania Twojej pieczęci
scope-age-over-18 = Czy masz ukończone 18 lat
scope-age-over-21 = Czy masz ukończone 21 lat
scope-age-over-25 = Czy masz ukończone 25 lat
scope-age-range = Twój przedział wiekowy
scope-is-eu-citizen = Czy masz obywatelstwo kraju UE
scope-name-initial = Twoje inicjały

# The code
code-compare-title = Potwierdź na telefonie
code-compare-text = Zatwierdź tylko wtedy, gdy telefon pokazuje dokładnie ten kod.
code-choose-title = Wybierz ten kod na telefonie
code-choose-text = Telefon proponuje trzy kody. Wybierz ten.
code-transfer-title = Wpisz ten kod na telefonie
code-transfer-text = Telefon o niego prosi. Nigdy nikomu go nie podawaj.
code-spoken = Kod: { $digits }
code-hidden-digit = ukryta
code-waiting = Oczekiwanie na telefon
push-late = Powiadomienia docierają teraz z opóźnieniem. Otwórz aplikację IDToken Seal: prośba już tam czeka.
seconds-left =
    { $seconds ->
        [one] Pozostała { $seconds } sekunda
        [few] Pozostały { $seconds } sekundy
       *[other] Pozostało { $seconds } sekund
    }

# The QR code
scan-title = Zeskanuj w aplikacji IDToken Seal
scan-text = Kod zmienia się co kilka sekund, więc jego zdjęcie szybko staje się bezużyteczne.
scan-alt = Kod QR tego logowania dla aplikacji IDToken Seal
scan-waiting = Oczekiwanie na zeskanowanie kodu
scan-without = Nie możesz zeskanować kodu?
scan-open = Otwórz aplikację na tym urządzeniu
scan-link = Link dla aplikacji
scan-copy = Kopiuj
scan-copied = Skopiowano link
scan-not-copied = Kopiowanie jest tu niedozwolone. Link jest zaznaczony.
scan-use-token-id = Użyj IDTokena

# The end
approved-title = Zatwierdzono
approved-text = Powrót do { $service }
ended-expired-title = Kod wygasł
ended-expired-text = Nikt nie odpowiedział na czas. Niczego nie udostępniono.
ended-declined-title = Odrzucono na telefonie
ended-declined-text = Niczego nie udostępniono.
ended-wrong-code-title = To był inny kod
ended-wrong-code-text = Kod potwierdzony na telefonie nie był tym, który jest tu pokazany. Niczego nie udostępniono.
ended-too-many-title = Zbyt wiele błędnych odpowiedzi
ended-too-many-text = Telefon zbyt wiele razy odpowiedział błędnie, dlatego próba została przerwana. Niczego nie udostępniono.
ended-refused-title = Odpowiedź nie została przyjęta
ended-refused-text = Nie udało się sprawdzić tego, co przysłał telefon. Niczego nie udostępniono.
ended-limited-title = Zbyt wiele prób
ended-limited-text = Odczekaj chwilę przed kolejną próbą.
ended-unreachable-title = Brak połączenia
ended-unreachable-text = Nie można połączyć się z serwerem. Sprawdź połączenie i spróbuj ponownie.
ended-failed-title = Nie udało się
ended-failed-text = Serwer nie mógł odpowiedzieć. Spróbuj ponownie za chwilę.
ended-over-title = To logowanie jest zakończone
ended-over-text = Zostało ukończone, anulowane albo trwało zbyt długo. Wróć do usługi i zacznij od nowa.
ended-retry = Spróbuj ponownie
ended-wait = Spróbuj ponownie za { $seconds } s
ended-other = Wybierz inny sposób

# The answer on its way to the client
form-post-title = Chwileczkę
form-post-text = Powrót do usługi.

# Errors
failure-code = Kod błędu:
failure-for-developers = Dla programistów:
failure-back = Wróć do { $service }
failure-footer = IDToken Seal
failure-unknown-client-title = Ta aplikacja jest nieznana
failure-unknown-client-text = Nie jest tu zarejestrowana albo została wyłączona. Niczego nie udostępniono. Powiadom jej właściciela.
failure-invalid-redirect-uri-title = Ten adres powrotny nie jest bezpieczny
failure-invalid-redirect-uri-text = Aplikacja chce przekierować Cię na adres, który nie jest dla niej zarejestrowany, dlatego logowanie zostało przerwane. Niczego nie udostępniono.
failure-invalid-request-title = Nie można odpowiedzieć na to żądanie
failure-invalid-request-text = Aplikacja przysłała żądanie niepełne albo uszkodzone. Wróć i spróbuj ponownie.
failure-interaction-expired-title = To logowanie jest zakończone
failure-interaction-expired-text = Zostało ukończone, anulowane albo trwało zbyt długo. Wróć do usługi i zacznij od nowa.
failure-other-browser-title = To logowanie rozpoczęto w innej przeglądarce
failure-other-browser-text = Kontynuuj tam albo zacznij tutaj od nowa. Pliki cookie muszą być dozwolone.
failure-cross-site-title = To żądanie pochodzi z innej witryny
failure-cross-site-text = Może to zrobić tylko nasza własna strona, więc nic się nie stało. Wróć do usługi i zacznij od nowa.
failure-not-found-title = Tu nic nie ma
failure-not-found-text = Adres jest błędny albo strona już nie istnieje.
failure-rate-limited-title = Zbyt wiele żądań
failure-rate-limited-text = Odczekaj chwilę i spróbuj ponownie.
failure-unavailable-title = W tej chwili to niemożliwe
failure-unavailable-text = Serwer nie może teraz odpowiedzieć. Spróbuj ponownie za chwilę.
failure-internal-title = Coś zawiodło po naszej stronie
failure-internal-text = To nie Twoja wina i niczego nie udostępniono. Spróbuj ponownie za chwilę.

# Signing out
logout-title = Czy chcesz się wylogować?
logout-text = Wszystkie usługi, do których logowano się z tej przeglądarki, zostaną powiadomione.
logout-text-service = Prosi o to { $service }. Wszystkie usługi, do których logowano się z tej przeglądarki, zostaną powiadomione.
logout-confirm = Wyloguj
logout-stay = Nie wylogowuj
logged-out-title = Wylogowano
logged-out-text = Możesz zamknąć tę stronę.
logged-out-everywhere = Powiadamiamy usługi, z których korzystano.
logged-out-partial = Tych usług nie udało się powiadomić i mogą być nadal otwarte: { $services }
logged-out-frame = Wylogowanie z usługi
still-title = Nadal trwa Twoja sesja
still-text = Nic się nie zmieniło. Możesz zamknąć tę stronę.

# Connecting a device
device-title = Połącz urządzenie
device-lead = Wpisz kod, który pokazuje urządzenie.
device-check = Sprawdź, czy urządzenie pokazuje dokładnie ten kod.
device-code = Kod na urządzeniu
device-hint = Osiem liter. Wielkość liter i łącznik nie mają znaczenia.
device-warning = Kontynuuj tylko wtedy, gdy rozpoczęcie nastąpiło z Twojej inicjatywy, na urządzeniu, które masz przed sobą. Nikt, kto do Ciebie dzwoni lub pisze, nie potrzebuje tego kodu.
device-unknown = Ten kod jest nieznany albo wygasł. Sprawdź go albo zacznij od nowa na urządzeniu.
device-too-many = Zbyt wiele prób. Odczekaj chwilę i spróbuj ponownie.
device-approved-title = Urządzenie zostało połączone
device-approved-text = Kontynuuj na nim. Możesz zamknąć tę stronę.
device-denied-title = Urządzenie nie zostało połączone
device-denied-text = Niczego nie udostępniono. Możesz zamknąć tę stronę.
device-expired-title = Za późno
device-expired-text = Kod wygasł. Zacznij od nowa na urządzeniu.
