# Every page
skip-link = Ir al contenido
footer = No se comparte nada hasta que usted lo apruebe en su teléfono.

# Login: who asks, what for, who are you
login-title = Iniciar sesión en { $service }
login-lead = Sin contraseña: responde su teléfono.
login-asks = Se le pedirá que comparta
login-asks-nothing = No se pide ningún dato, solo la confirmación de que es usted.
login-choose = Usted elige en su teléfono. Lo que desactive no se comparte.
login-token-id = Su IDToken
login-token-id-hint = Aparece en su aplicación IDToken Seal.
login-token-id-invalid = Esto no es un IDToken. Cópielo de su aplicación.
login-remember = Recordarlo en este dispositivo
login-continue = Continuar
login-or = o
login-use-qr = Usar un código QR
login-cancel = Cancelar
login-privacy = Política de privacidad
login-noscript = Para iniciar sesión hace falta JavaScript: muestra el código y recibe la respuesta de su teléfono. Actívelo y vuelva a cargar esta página, o cancele.

# What can be asked for
scope-name = Su nombre y apellidos
scope-given-name = Su nombre
scope-family-name = Sus apellidos
scope-date-of-birth = Su fecha de nacimiento
scope-nationality = Su nacionalidad
scope-document = El número de su documento
scope-photo = Su fotografía
scope-trust-level = Cómo se emitió su sello
scope-age-over-18 = Si tiene más de 18 años
scope-age-over-21 = Si tiene más de 21 años
scope-age-over-25 = Si tiene más de 25 años
scope-age-range = Su franja de edad
scope-is-eu-citizen = Si tiene la ciudadanía de la UE
scope-name-initial = Sus iniciales

# The code
code-compare-title = Confirme en su teléfono
code-compare-text = Apruebe solo si su teléfono muestra este mismo código.
code-choose-title = Elija este código en su teléfono
code-choose-text = Su teléfono ofrece tres códigos. Elija este.
code-transfer-title = Escriba este código en su teléfono
code-transfer-text = Su teléfono se lo pide. No se lo diga nunca a nadie.
code-spoken = Código: { $digits }
code-hidden-digit = oculto
code-waiting = Esperando a su teléfono
push-late = Las notificaciones se retrasan en este momento. Abra su aplicación IDToken Seal: la solicitud le espera allí.
seconds-left =
    { $seconds ->
        [one] Queda { $seconds } segundo
       *[other] Quedan { $seconds } segundos
    }

# The QR code
scan-title = Escanee con su aplicación IDToken Seal
scan-text = El código cambia cada pocos segundos, así que una foto pronto deja de servir.
scan-alt = Código QR de este inicio de sesión, para la aplicación IDToken Seal
scan-waiting = Esperando a que se escanee el código
scan-without = ¿No puede escanearlo?
scan-open = Abrir la aplicación en este dispositivo
scan-link = Enlace para la aplicación
scan-copy = Copiar
scan-copied = Enlace copiado
scan-not-copied = Aquí no se permite copiar. El enlace está seleccionado.
scan-use-token-id = Usar su IDToken

# The end
approved-title = Aprobado
approved-text = Volviendo a { $service }
ended-expired-title = El código ha caducado
ended-expired-text = Nadie respondió a tiempo. No se ha compartido nada.
ended-declined-title = Rechazado en el teléfono
ended-declined-text = No se ha compartido nada.
ended-wrong-code-title = Era otro código
ended-wrong-code-text = El código confirmado en el teléfono no era el que se muestra aquí. No se ha compartido nada.
ended-too-many-title = Demasiadas respuestas erróneas
ended-too-many-text = El teléfono respondió mal demasiadas veces y este intento se detuvo. No se ha compartido nada.
ended-refused-title = La respuesta no se ha aceptado
ended-refused-text = No se pudo verificar lo que envió el teléfono. No se ha compartido nada.
ended-limited-title = Demasiados intentos
ended-limited-text = Espere un momento antes de volver a intentarlo.
ended-unreachable-title = Sin conexión
ended-unreachable-text = No se puede acceder al servidor. Compruebe su conexión e inténtelo de nuevo.
ended-failed-title = No ha funcionado
ended-failed-text = El servidor no pudo responder. Inténtelo de nuevo en un momento.
ended-over-title = Este inicio de sesión ha terminado
ended-over-text = Se completó, se canceló o tardó demasiado. Vuelva al servicio y empiece de nuevo.
ended-retry = Intentar de nuevo
ended-wait = Intentar de nuevo en { $seconds } s
ended-other = Elegir otra forma

# The answer on its way to the client
form-post-title = Un momento
form-post-text = Volviendo al servicio.

# Errors
failure-code = Código de error:
failure-for-developers = Para desarrolladores:
failure-back = Volver a { $service }
failure-footer = IDToken Seal
failure-unknown-client-title = Esta aplicación no es conocida
failure-unknown-client-text = No está registrada aquí o ha sido desactivada. No se ha compartido nada. Avise a su responsable.
failure-invalid-redirect-uri-title = Esta dirección de retorno no es segura
failure-invalid-redirect-uri-text = La aplicación quiere enviarle a una dirección que no tiene registrada, por lo que se ha detenido el inicio de sesión. No se ha compartido nada.
failure-invalid-request-title = No se puede responder a esta solicitud
failure-invalid-request-text = La aplicación envió una solicitud incompleta o dañada. Vuelva atrás e inténtelo de nuevo.
failure-interaction-expired-title = Este inicio de sesión ha terminado
failure-interaction-expired-text = Se completó, se canceló o tardó demasiado. Vuelva al servicio y empiece de nuevo.
failure-other-browser-title = Este inicio de sesión comenzó en otro navegador
failure-other-browser-text = Continúe donde empezó o empiece de nuevo aquí. Las cookies deben estar permitidas.
failure-cross-site-title = Esto lo envió otro sitio web
failure-cross-site-text = Solo nuestra propia página puede hacerlo, así que no ha ocurrido nada. Vuelva al servicio y empiece de nuevo.
failure-not-found-title = Aquí no hay nada
failure-not-found-text = La dirección es incorrecta o la página ya no existe.
failure-rate-limited-title = Demasiadas solicitudes
failure-rate-limited-text = Espere un momento y vuelva a intentarlo.
failure-unavailable-title = No es posible en este momento
failure-unavailable-text = El servidor no puede responder ahora. Inténtelo de nuevo en un momento.
failure-internal-title = Algo ha fallado aquí
failure-internal-text = No es culpa suya y no se ha compartido nada. Inténtelo de nuevo en un momento.

# Signing out
logout-title = ¿Quiere cerrar la sesión?
logout-text = Se avisará a todos los servicios en los que inició sesión desde este navegador.
logout-text-service = { $service } lo solicita. Se avisará a todos los servicios en los que inició sesión desde este navegador.
logout-confirm = Cerrar sesión
logout-stay = Mantener la sesión
logged-out-title = Ha cerrado la sesión
logged-out-text = Puede cerrar esta página.
logged-out-everywhere = Se está avisando a los servicios que ha utilizado.
logged-out-partial = No se ha podido avisar a estos servicios, que quizá sigan abiertos: { $services }
logged-out-frame = Cierre de sesión en un servicio
still-title = Su sesión sigue abierta
still-text = No ha cambiado nada. Puede cerrar esta página.

# Connecting a device
device-title = Conectar un dispositivo
device-lead = Introduzca el código que muestra su dispositivo.
device-check = Compruebe que su dispositivo muestra este mismo código.
device-code = Código de su dispositivo
device-hint = Ocho letras. Da igual usar mayúsculas o minúsculas, con o sin guion.
device-warning = Continúe solo si ha empezado usted mismo, en un dispositivo que tiene delante. Nadie que le llame o le escriba necesita este código.
device-unknown = Este código no es conocido o ha caducado. Compruébelo o empiece de nuevo en el dispositivo.
device-too-many = Demasiados intentos. Espere un momento y vuelva a intentarlo.
device-approved-title = Su dispositivo está conectado
device-approved-text = Continúe en él. Puede cerrar esta página.
device-denied-title = Su dispositivo no se ha conectado
device-denied-text = No se ha compartido nada. Puede cerrar esta página.
device-expired-title = Demasiado tarde
device-expired-text = El código ha caducado. Empiece de nuevo en el dispositivo.
