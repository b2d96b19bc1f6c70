"""What the tests of the command share: a runner that keeps standard output and error apart, and a
nats-server of their own. Standard library only."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

COMMAND = os.environ["SLIP_COMMAND"]


def clean_environment(**more):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SLIPSTREAM_")}
    environment.update(more)
    return environment


class Done:
    def __init__(self, code, out, err):
        self.code, self.raw, self.err = code, out, err.decode()

    @property
    def out(self):
        return self.raw.decode()

    def json(self):
        return json.loads(self.raw)

    def lines(self):
        return [json.loads(line) for line in self.raw.splitlines()]


def run(*arguments, stdin=b"", timeout=240, **environment):
    done = subprocess.run([COMMAND, *arguments], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout,
                          env=clean_environment(**environment))
    return Done(done.returncode, done.stdout, done.stderr)


def start(*arguments, **environment):
    return subprocess.Popen([COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=clean_environment(**environment))


def await_condition(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited %d s in vain for: %s" % (seconds, what))
        time.sleep(0.02)


def which_server():
    server = os.environ.get("SLIP_NATS_SERVER") or shutil.which("nats-server")
    return server or "/usr/sbin/nats-server"


class NatsServer:
    """On a free port of 127.0.0.1, with a directory of its own; stopped by its own process."""

    def __init__(self, directory, *arguments):
        os.makedirs(directory, exist_ok=True)
        self.log = open(os.path.join(directory, "log"), "wb")
        self.process = subprocess.Popen(
            [which_server(), "--addr", "127.0.0.1", "--port", "-1", "--jetstream", "--store_dir",
             os.path.join(directory, "store"), "--ports_file_dir", directory, *arguments],
            stdout=self.log, stderr=self.log)
        pattern = os.path.join(directory, "nats-server_%d.ports" % self.process.pid)
        try:
            await_condition(lambda: glob.glob(pattern) and os.path.getsize(pattern) > 0,
                            "the server's port")
        except AssertionError:
            self.stop()
            raise
        with open(pattern) as ports:
            self.address = re.search(r"nats://([0-9.:]+)", ports.read()).group(1)
        self.url = "nats://" + self.address

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class TestCase(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="slip-test-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def succeeds(self, *arguments, **more):
        done = run(*arguments, **more)
        self.assertEqual(done.code, 0, "%s: %s" % (" ".join(arguments), done.err))
        return done

    def fails(self, code, *arguments, says=(), **more):
        """The exit code, nothing on standard output, and a sentence on standard error."""
        done = run(*arguments, **more)
        self.assertEqual(done.code, code, "%s: %s" % (" ".join(arguments), done.err))
        self.assertEqual(done.raw, b"")
        for part in (says,) if isinstance(says, str) else says:
            self.assertIn(part, done.err)
        return done


class ServerTestCase(TestCase):
    """One server for all tests of the class; each test has a bucket of its own."""

    @classmethod
    def setUpClass(cls):
        cls.server_directory = tempfile.mkdtemp(prefix="slip-test-")
        cls.server = NatsServer(cls.server_directory)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        shutil.rmtree(cls.server_directory, ignore_errors=True)

    def setUp(self):
        super().setUp()
        self.bucket = re.sub(r"[^A-Za-z0-9_-]", "_", self.id().split(".")[-1])

    def kv(self, *arguments, **more):
        return self.succeeds("kv", *arguments, SLIPSTREAM_SERVER=self.server.url, **more)

    def on_server(self, *arguments, **more):
        return self.succeeds(*arguments, SLIPSTREAM_SERVER=self.server.url, **more)

    def fails_on_server(self, code, *arguments, **more):
        return self.fails(code, *arguments, SLIPSTREAM_SERVER=self.server.url, **more)

    def create(self, *arguments):
        return self.on_server("bucket", "create", self.bucket, *arguments)


def main():
    # CTest wants to see where it hangs, and CMocka's way of telling what went well.
    unittest.main(verbosity=2, argv=[sys.argv[0]] + sys.argv[1:])


__all__ = ["COMMAND", "NatsServer", "ServerTestCase", "TestCase", "await_condition",
           "clean_environment", "json", "main", "os", "run", "signal", "start", "subprocess",
           "which_server"]
