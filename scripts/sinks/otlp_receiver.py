"""A tiny OpenTelemetry collector: answers POSTs to /v1/metrics, and checks their form.

Usage: otlp_receiver.py PORT_FILE OUTPUT [STATUS]

Writes its port to PORT_FILE, and to OUTPUT one line for each point: name, kind, time, value. Answers with STATUS (default
200). A body that breaks the protocol is answered with 400, and OUTPUT gets a line that begins with "wrong".
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

STATUS = int(sys.argv[3]) if len(sys.argv) > 3 else 200


def points(body):
    """(name, kind, nanoseconds, value) of each point. Raises an error for what the protocol does not allow."""
    for resource in body["resourceMetrics"]:
        names = {attribute["key"]: attribute["value"]["stringValue"] for attribute in resource["resource"]["attributes"]}
        assert names["service.name"] == "tengu" and names["tengu.run"], "the run is not named"
        for scope in resource["scopeMetrics"]:
            for metric in scope["metrics"]:
                kind, = {"sum", "gauge"} & metric.keys()
                data = metric[kind]
                assert kind == "gauge" or data["aggregationTemporality"] == 2 and data["isMonotonic"] is True, metric["name"]
                assert metric["unit"] and metric["description"], metric["name"]
                for point in data["dataPoints"]:
                    time = point["timeUnixNano"]
                    assert isinstance(time, str) and 1e18 < int(time) < 1e19, time
                    assert isinstance(point["asDouble"], (int, float)), point
                    assert kind == "gauge" or int(point["startTimeUnixNano"]) <= int(time), point
                    yield metric["name"], kind, time, point["asDouble"]


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        status, lines = STATUS, []
        try:
            assert self.path == "/v1/metrics", self.path
            assert self.headers["Content-Type"] == "application/json", self.headers["Content-Type"]
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            lines = [" ".join(map(str, point)) for point in points(body)]
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            status, lines = 400, [f"wrong {type(error).__name__}: {error}"]
        with open(sys.argv[2], "a", encoding="utf-8") as output:
            output.write(f"answered {status}\n" + "".join(line + "\n" for line in lines))
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Collector)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    file.write(str(server.server_port))
server.serve_forever()
