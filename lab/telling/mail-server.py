"""A mail server that demands TLS and a sign-in: aiosmtpd. python3 mail-server.py PORT CERTIFICATE KEY MAILDIR USER PASSWORD"""

import signal
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult, LoginPassword

port, certificate, key, maildir, user, password = sys.argv[1:]


def authenticator(server, session, envelope, mechanism, auth_data):
    expected = LoginPassword(user.encode(), password.encode())
    return AuthResult(success=auth_data == expected, handled=False)


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)
controller = Controller(
    Mailbox(maildir),
    hostname="127.0.0.1",
    port=int(port),
    tls_context=context,
    require_starttls=True,
    authenticator=authenticator,
    auth_required=True,
)
controller.start()
signal.sigwait([signal.SIGTERM, signal.SIGINT])
controller.stop()
