"""receiver.py CERTIFICATE KEY TOKEN: the server of both apps. Webhooks come to /im, pushes to /push.

What came and was answered stands in told.jsonl, a line each. While a file "away" is there it
answers 503, as a proxy does whose backend is gone.
"""

import hashlib, hmac, json, os, ssl, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

certificate, key, TOKEN = sys.argv[1:]
one = threading.Lock()


def signed_by_teahouse(token, sign, request_time):  # of docs/webhooks.md
    want = hashlib.sha256((token + request_time).encode()).hexdigest()
    return hmac.compare_digest(want, sign) and abs(time.time() - int(request_time)) < 60


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        query = {k: v[0] for k, v in parse_qs(urlparse(self.path).query).items()}
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = 200
        if not signed_by_teahouse(TOKEN, query.get("Sign", ""), query.get("RequestTime", "0")):
            status = 403
        elif os.path.exists("away"):
            status = 503
        else:
            with one, open("told.jsonl", "a") as f:
                event = self.headers.get("X-Teahouse-Event-Id", "")
                f.write(json.dumps({"path": urlparse(self.path).path, "app": str(query.get("SdkAppid", body.get("SdkAppid"))),
                                    "event": event, "body": body}) + "\n")
        answer = b'{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True


trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
trust.load_cert_chain(certificate, key)
server = Server(("127.0.0.1", 8000), Receiver)
server.socket = trust.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("listens", flush=True)
server.serve_forever()
