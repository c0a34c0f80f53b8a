"""Runs llama.cpp's HTTP server on loopback and prints a line when it answers. `tengu serve-llm` starts it and describes
the options. It needs only the unpacked xllamacpp wheel that --library names."""

import argparse
import os
import signal
import socket
import sys
import threading
import time
import urllib.request

HOST = "127.0.0.1"
# A model that takes longer has failed in a way that the server does not report.
HEALTH_PATIENCE_SECONDS = 120
HEALTH_INTERVAL_SECONDS = 0.05
# Old prompts kept in memory in addition to each slot's own. Prompts share a prefix, which the slots keep, so none are
# needed.
PROMPT_CACHE_MIB = 0
# llama.cpp's scale: errors and nothing else.
VERBOSITY_ERRORS = 1

ENDING = {signal.SIGINT, signal.SIGTERM}


def fail(text):
    print(f"tengu serve-llm: {text}", file=sys.stderr, flush=True)
    os._exit(1)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("library", "model", "name"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("port", "threads", "slots", "context"):
        parser.add_argument(f"--{name}", required=True, type=int)
    parser.add_argument("--key-file")
    parser.add_argument("--ready-file")
    return parser.parse_args()


def check_port(port):
    """Names a port in use; llama.cpp would only say that it could not start."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            # Two sockets may share a port until one of them listens.
            probe.listen()
        except OSError as error:
            fail(f"cannot listen on {HOST}:{port}: {error.strerror}; choose another --port, or 0 for any free one")


def parameters(options):
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = options.model
    parameters.model_alias = {options.name}
    parameters.hostnames = [HOST]
    parameters.port = options.port
    # Pages in a browser on this machine must not use the server.
    parameters.ui = False
    parameters.cors_origins = f"http://{HOST}"
    # llama.cpp divides its context among the slots.
    parameters.n_ctx = options.context * options.slots
    parameters.n_parallel = options.slots
    parameters.cpuparams.n_threads = options.threads
    parameters.cpuparams_batch.n_threads = options.threads
    # Fitting a model to graphics memory loads it twice.
    parameters.fit_params = False
    parameters.cache_ram_mib = PROMPT_CACHE_MIB
    parameters.endpoint_metrics = True
    parameters.verbosity = VERBOSITY_ERRORS
    if options.key_file:
        with open(options.key_file, encoding="utf-8") as file:
            parameters.api_keys = [file.readline().strip()]
    return parameters


def await_health(url):
    """Waits until /health answers 200: it answers 503 while the model loads, and refuses connections before."""
    # A proxy in the environment is for other addresses.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + HEALTH_PATIENCE_SECONDS
    while True:
        try:
            with opener.open(url + "/health", timeout=HEALTH_PATIENCE_SECONDS) as answer:
                if answer.status == 200:
                    return
        except OSError as error:
            if time.monotonic() > deadline:
                fail(f"the server at {url} does not answer: {error}")
        time.sleep(HEALTH_INTERVAL_SECONDS)


def write_whole(path, line):
    """Writes a file so that a reader finds the whole line or no file."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(line + "\n")
    os.rename(path + ".new", path)


def serve(options, keep):
    try:
        import xllamacpp

        keep.append(xllamacpp.Server(parameters(options)))
    except RuntimeError as error:
        # llama.cpp has written the reason to stderr; the exception says only that it failed.
        fail(f"llama.cpp cannot serve {options.model} ({error})")
    except ImportError as error:
        fail(f"the server in {options.library} cannot be loaded ({error}); remove that folder to fetch it again")
    url = keep[0].listening_address
    await_health(url)
    line = f"{url} {options.name}"
    if options.ready_file:
        write_whole(options.ready_file, line)
    print(line, flush=True)


def main():
    # Blocked in every thread, so that only `sigwait` takes them, also while the model loads.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    options = parse()
    sys.path.insert(0, options.library)
    check_port(options.port)
    # The thread ends with the process; `keep` keeps the server that it starts alive.
    keep = []
    threading.Thread(target=serve, args=(options, keep), daemon=True).start()
    signal.sigwait(ENDING)
    # There is nothing to save, and nothing waits for the server's threads.
    os._exit(0)


main()
