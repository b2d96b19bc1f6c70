"""The arms of each language: how they are built, and where their program is then.

Another language is another row. What its build says when it fails is in its log beside the program.
"""
import os
import shutil
import subprocess

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FOLDER = os.path.join(ROOT, "bench", "bindings")


def run(log, command, cwd, **environment):
    with open(log, "w", encoding="utf-8") as out:
        done = subprocess.run(command, cwd=cwd, stdout=out, stderr=subprocess.STDOUT, check=False,
                              env=dict(os.environ, **environment))
    if done.returncode != 0:
        with open(log, encoding="utf-8") as text:
            raise RuntimeError(f"{' '.join(command)}: {text.read().strip()[-500:]}")


def build_go(build, out):
    """The arm, and the reference that it has in nats.go."""
    programs = {}
    for name in ("arm", "natsgo"):
        programs[name] = os.path.join(out, "go-" + name)
        run(programs[name] + ".log", ["go", "build", "-o", programs[name], "./" + name],
            os.path.join(FOLDER, "go"), GOFLAGS="-buildvcs=false", GOWORK="off",
            PKG_CONFIG_PATH=os.path.join(build, "pkgconfig"))
    return programs["arm"], programs["natsgo"]


def build_rust(build, out):
    """The release profile as cargo has it; finds the library where it was built."""
    program = os.path.join(out, "rust-arm")
    run(program + ".log", ["cargo", "build", "--release", "--locked", "--target-dir", program + "-target"],
        os.path.join(FOLDER, "rust"), SLIPSTREAM_LIB_DIR=os.path.join(build, "src"),
        RUSTFLAGS="-Clink-arg=-Wl,-rpath," + os.path.join(build, "src"))
    shutil.copy2(os.path.join(program + "-target", "release", "bench-arm"), program)
    return program


def build_all(build, out):
    """(language -> program), (reference of map -> program), (language -> why it is missing)."""
    build, out = os.path.abspath(build), os.path.abspath(os.path.join(out, "programs"))
    os.makedirs(out, exist_ok=True)
    arms, references, missing = {"C": os.path.join(build, "bench", "bench_bindings")}, {}, {}
    try:
        arms["Go"], references["nats.go WatchAll"] = build_go(build, out)
    except (RuntimeError, OSError) as error:
        missing["Go"] = str(error)
    try:
        arms["Rust"] = build_rust(build, out)
    except (RuntimeError, OSError) as error:
        missing["Rust"] = str(error)
    return arms, references, missing
