"""The same as embedded_test.py, on a nats-server of its own; and what only a server can refuse."""
import shutil
import tempfile

import embedded_test
import support
from support import slipstream


def setUpModule():
    global directory, server
    directory = tempfile.mkdtemp(prefix="slip-test-")
    server = support.NatsServer(directory)
    OnServer.url = server.url


def tearDownModule():
    server.stop()
    shutil.rmtree(directory, ignore_errors=True)


class OnServer:
    url = ""

    def setUp(self):
        super().setUp()
        self.url = OnServer.url


class Buckets(OnServer, embedded_test.Buckets):
    pass


class Watches(OnServer, embedded_test.Watches):
    pass


class Callbacks(OnServer, embedded_test.Callbacks):
    pass


class Scopes(OnServer, embedded_test.Scopes):
    pass


class Refusals(OnServer, support.Case):
    def test_no_server(self):
        error = self.raises(slipstream.Unreachable, 70, "127.0.0.1:1", slipstream.connect,
                            "nats://user:hidden@127.0.0.1:1", connect_timeout_ms=500)
        self.assertTrue(error.retriable)
        self.assertIsInstance(error, ConnectionError)
        self.assertNotIn("hidden", str(error))

    def test_another_configuration(self):
        connection = self.connect()
        connection.create_bucket("configured", history=2).close()
        self.raises(slipstream.errors.BucketExists, 74, "history", connection.create_bucket,
                    "configured", history=3)

    def test_a_lazy_connection(self):
        with slipstream.connect("nats://127.0.0.1:1", connect="lazy") as nats:
            self.assertEqual(slipstream.ConnectionPhase(nats.status().state).name, "CONNECTING")


if __name__ == "__main__":
    support.run()
