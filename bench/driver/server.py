"""A nats-server of the benchmark's own: pinned to core 0, on a free port of 127.0.0.1."""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

SERVER_CORE, CLIENT_CORE = "0", "1"


def find_binary():
    path = os.environ.get("SLIP_NATS_SERVER") or shutil.which("nats-server")
    if not path:
        raise SystemExit("scripts/bench: no nats-server: set SLIP_NATS_SERVER or install one "
                         "(scripts/test does)")
    return path


class Server:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="slip-bench-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = os.path.join(self.directory, "server.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'listen: "127.0.0.1:{self.port}"\n'
                       f'jetstream {{ store_dir: "{self.directory}/store" }}\n')
        binary = find_binary()
        self.version = subprocess.run([binary, "--version"], capture_output=True, text=True,
                                      check=True).stdout.strip()
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, binary, "-c", config],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise SystemExit("scripts/bench: the nats-server did not start")
                time.sleep(0.05)
        self.url = f"nats://127.0.0.1:{self.port}"

    def request(self, subject, body):
        """One JetStream API request, in the text protocol."""
        payload = json.dumps(body).encode()
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            stream = connection.makefile("rwb")
            stream.readline()
            stream.write(b'CONNECT {"verbose":false}\r\nSUB reply 1\r\nPUB %s reply %d\r\n%s\r\n'
                         % (subject.encode(), len(payload), payload))
            stream.flush()
            while True:
                line = stream.readline()
                if line.startswith(b"MSG"):
                    answer = json.loads(stream.read(int(line.split()[-1]) + 2))
                    if "error" in answer:
                        raise SystemExit(f"scripts/bench: {subject}: {answer['error']}")
                    return answer

    def create_bucket(self, name):
        self.request(f"$JS.API.STREAM.CREATE.KV_{name}",
                     {"name": f"KV_{name}", "subjects": [f"$KV.{name}.>"],
                      "max_msgs_per_subject": 1, "discard": "new", "deny_delete": True,
                      "allow_rollup_hdrs": True, "allow_direct": True, "storage": "file"})

    def delete_bucket(self, name):
        self.request(f"$JS.API.STREAM.DELETE.KV_{name}", {})

    def consumers(self, name):
        return self.request(f"$JS.API.STREAM.INFO.KV_{name}", {})["state"]["consumer_count"]

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
