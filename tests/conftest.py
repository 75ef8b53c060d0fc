"""For every test: an interrupt works, also where the shell that started the tests has reported its children to ignore it."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
