"""The program of the README, as it stands there, from an installed prefix."""
import os
import subprocess
import sys

import support
from support import ROOT, slipstream


class Readme(support.Case):
    def test_the_program_is_as_it_is_shown(self):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as page:
            program = page.read().split("```python\n")[1].split("```")[0]
        self.assertIn("nats://127.0.0.1:4222", program)
        server = support.NatsServer(self.path("nats"))
        self.addCleanup(server.stop)
        with slipstream.connect(server.url) as nats, nats.create_bucket("routes") as routes:
            routes.put("edge.eu", b"10.0.0.1")
            routes.put("edge.us", b"10.0.0.2")
        program = self.write("follow.py", program.replace("nats://127.0.0.1:4222", server.url))

        def run():
            return subprocess.run([sys.executable, program], cwd=self.directory, check=True,
                                  stdout=subprocess.PIPE).stdout.decode()
        self.assertEqual(run(), "PUT b'edge.eu' b'10.0.0.1'\nPUT b'edge.us' b'10.0.0.2'\nrevision 2\n")
        self.assertEqual(run(), "revision 2\n")

    def test_the_library_is_that_of_the_prefix(self):
        prefix = os.path.abspath(os.path.join(support.PACKAGE, "..", "..", "..", ".."))
        self.assertEqual(os.path.commonpath([prefix, slipstream.load().path]), prefix)


if __name__ == "__main__":
    support.run()
