# Owns one measurement of bulk transfers: a server of its own, a line with a delay, each program in turn, medians.
# Never reaches another machine, and leaves nothing running. Started by transfer.sh.
import getpass
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

ROOT, WORK, PROXY, OURS = (os.path.abspath(path) for path in sys.argv[1:5])
MIB = int(os.environ.get("MIB", "1024"))
COUNT = int(os.environ.get("FILES", "10000"))
RUNS = int(os.environ.get("RUNS", "3"))
RTTS = [int(word) for word in os.environ.get("RTTS", "0 40 150").split()]
CHECKPOINT_MB = int(os.environ.get("CHECKPOINT_MB", "3200"))
CONNECTIONS = os.environ.get("CONNECTIONS", "8")
# Whoever takes five times as long as caid, and longer than so many seconds, is stopped: nobody waits an hour for scp's 10,000 files.
PATIENCE = float(os.environ.get("PATIENCE", "30"))
PEERS = ["scp", "sftp", "rsync", "tar over ssh"]
processes: list[subprocess.Popen] = []


def say(text: str) -> None:
    print(f"transfer: {text}", file=sys.stderr, flush=True)


# MARK: the server and the way to it


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"bench: nothing answers on port {port}")


def start_server() -> int:
    port = free_port()
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{WORK}/{name}"], check=True)
    with open(f"{WORK}/sshd_config", "w") as file:
        file.write(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {WORK}/host\nAuthorizedKeysFile {WORK}/user.pub\n"
            "StrictModes no\nUsePAM no\nPidFile none\nMaxStartups 100\nPermitRootLogin prohibit-password\n"
            # The shell of a command reads no start-up file of whoever runs this.
            f"Subsystem sftp internal-sftp\nSetEnv HOME={WORK}\n"
        )
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    server = ["/usr/sbin/sshd", "-D", "-e", "-f", f"{WORK}/sshd_config"]
    processes.append(subprocess.Popen(server, stderr=subprocess.DEVNULL))
    wait_for(port)
    return port


class Line:
    """A port through which the server is so many milliseconds away."""

    def __init__(self, server: int, rtt: int, mbit: int = 0) -> None:
        self.port = free_port()
        self.proxy = subprocess.Popen([PROXY, str(self.port), str(server), str(rtt), str(mbit)])
        processes.append(self.proxy)
        wait_for(self.port)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.proxy.kill()
        self.proxy.wait()


# MARK: what is carried


def noise(path: str, count: int, seed: int) -> None:
    generator = random.Random(seed)
    with open(path, "wb") as file:
        while count > 0:
            part = min(count, 1 << 20)
            file.write(generator.randbytes(part))
            count -= part


def write_manifest(folder: str) -> None:
    lines = []
    for above, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(above, name)
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{digest} {os.path.getsize(path)} {os.path.relpath(path, folder)}\n")
    with open(f"{folder}.manifest", "w") as file:
        file.writelines(lines)


def one_large(name: str, size: int, seed: int) -> str:
    folder = f"{WORK}/{name}"
    os.makedirs(folder)
    noise(f"{folder}/large", size, seed)
    write_manifest(folder)
    return folder


def many_small() -> str:
    folder = f"{WORK}/many-small"
    for number in range(COUNT):
        os.makedirs(f"{folder}/{number // 500:03}", exist_ok=True)
        noise(f"{folder}/{number // 500:03}/{number:06}", 1 + number * 7919 % 8192, number)
    write_manifest(folder)
    return folder


def changed(source: str) -> str:
    """A copy in which 5% of the bytes are others: runs of 64 KiB at odd places."""
    folder = f"{WORK}/changed"
    shutil.copytree(source, folder)
    size, run = os.path.getsize(f"{folder}/large"), 65536
    generator = random.Random(7)
    with open(f"{folder}/large", "r+b") as file:
        for index in range(int(size * 0.05 / run)):
            file.seek(int(index * run / 0.05) + generator.randrange(run))
            file.write(generator.randbytes(run))
    write_manifest(folder)
    return folder


# MARK: who carries it


def command(program: str, direction: str, line: Line, source: str, target: str, *more: str) -> list[str]:
    options = ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={WORK}/known_hosts", "-o", "LogLevel=ERROR",
               "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", f"{WORK}/user"]
    ssh = " ".join(["ssh", "-p", str(line.port), *options])
    down = direction == "down"
    remote, local = (source, target) if down else (target, source)
    if program == "caid":
        return [OURS, direction, "--port", str(line.port), "--user", getpass.getuser(), "--key", f"{WORK}/user",
                "--known-hosts", f"{WORK}/known_hosts.caid", "--worker", f"{ROOT}/pod", "--python", sys.executable,
                "--remote", remote, "--local", local, "--connections", CONNECTIONS, *more]
    if program == "scp":
        ends = [f"127.0.0.1:{source}/.", target] if down else [f"{source}/.", f"127.0.0.1:{target}"]
        return ["scp", "-q", "-r", "-P", str(line.port), *options, *ends]
    if program == "sftp":
        with open(f"{WORK}/batch", "w") as file:
            file.write(f"get -r {source}/. {target}\n" if down else f"put -r {source}/. {target}\n")
        return ["sftp", "-q", "-b", f"{WORK}/batch", "-P", str(line.port), *options, "127.0.0.1"]
    if program == "rsync":
        ends = [f"127.0.0.1:{source}/", f"{target}/"] if down else [f"{source}/", f"127.0.0.1:{target}/"]
        return ["rsync", "-a", *more, "-e", ssh, *ends]
    pack, unpack = f"tar -C {source} -cf - .", f"tar -C {target} -xf -"
    pipe = f"{ssh} 127.0.0.1 '{pack}' | {unpack}" if down else f"{pack} | {ssh} 127.0.0.1 '{unpack}'"
    return ["bash", "-o", "pipefail", "-c", pipe]


def timed(words: list[str], limit: float = 7200) -> tuple[float, str]:
    """Seconds and output; seconds are infinite where it took longer than the limit."""
    start = time.monotonic()
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    processes.append(running)
    try:
        output, errors = running.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        # With its own children, and what they started on the other side ends with their connections.
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return float("inf"), ""
    seconds = time.monotonic() - start
    if running.returncode != 0:
        sys.exit(f"bench: {words[0]} failed: {errors[-500:]}")
    return seconds, output


def empty_target(copy_of: str = "") -> str:
    target = f"{WORK}/target"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(copy_of, target) if copy_of else os.makedirs(target)
    # What the one before left to write is not this one's.
    os.sync()
    return target


def check(source: str, target: str) -> None:
    """What came is what was sent."""
    result = subprocess.run(["diff", "-rq", source, target], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"bench: the copy is not equal: {result.stdout[:500]}")


# MARK: the tables


def measure(what: str, direction: str, line: Line, source: str) -> dict[str, float]:
    """Median seconds by program. They take turns, so that a slow minute of the machine is everybody's."""
    times: dict[str, list[float]] = {program: [] for program in ["caid", *PEERS]}
    for _ in range(RUNS):
        for program, values in times.items():
            if float("inf") in values:
                continue
            limit = 7200 if program == "caid" else max(PATIENCE, 5 * times["caid"][-1])
            target = empty_target()
            seconds, _ = timed(command(program, direction, line, source, target), limit)
            if seconds < float("inf"):
                check(source, target)
            values.append(seconds)
            say(f"{what}, {direction}, {program}: {seconds:.2f} s")
    return {program: max(values) if float("inf") in values else statistics.median(values) for program, values in times.items()}


def table(server: int, what: str, source: str) -> None:
    columns = [(rtt, direction) for rtt in RTTS for direction in ("down", "up")]
    medians = []
    for rtt in RTTS:
        with Line(server, rtt) as line:
            medians += [measure(f"{what}, {rtt} ms", direction, line, source) for direction in ("down", "up")]
    heads = [f"{direction}, {rtt} ms" for rtt, direction in columns]
    print(f"\n| {what}: s, median of {RUNS} | " + " | ".join(heads) + " |")
    print("|---|" + "---:|" * len(columns))
    for program in ["caid", *PEERS]:
        cells = [f"{of[program]:.2f}" if of[program] < float("inf") else "stopped" for of in medians]
        print(f"| {program} | " + " | ".join(cells) + " |")
    for name, others in (("fastest of the others", PEERS), ("rsync", ["rsync"])):
        ratios = [min(of[other] for other in others) / of["caid"] for of in medians]
        cells = [f"{ratio:.2f}" if ratio < float("inf") else "over 5" for ratio in ratios]
        print(f"| {name} / caid | " + " | ".join(cells) + " |")


def second_pull(server: int, source: str) -> None:
    print(f"\n| second pull of {MIB} MiB, 5% changed, 200 Mbit/s, 150 ms | s | bytes moved, % |")
    print("|---|---:|---:|")
    new = changed(source)
    total = os.path.getsize(f"{new}/large")
    with Line(server, 150, 200) as line:
        for program in ("caid", "rsync"):
            target = empty_target(copy_of=source)
            # rsync would not look into a file of the same size and date.
            more = ["--stats", "--checksum"] if program == "rsync" else []
            seconds, output = timed(command(program, "down", line, new, target, *more))
            check(new, target)
            moved = json.loads(output)["moved"] if program == "caid" else next(
                int(row.split(":")[1].split()[0].replace(",", "")) for row in output.splitlines()
                if row.startswith("Literal data"))
            print(f"| {program} | {seconds:.2f} | {100 * moved / total:.2f} |")
            say(f"second pull, {program}: {seconds:.2f} s")
    shutil.rmtree(new)


def checkpoint(server: int) -> None:
    print(f"\n| checkpoint of {CHECKPOINT_MB / 1000:.1f} GB, all bytes new, 200 Mbit/s, 150 ms | s | of the line, % |")
    print("|---|---:|---:|")
    old, new = (one_large(name, CHECKPOINT_MB * 1_000_000, seed) for seed, name in enumerate(("old", "new"), 100))
    with Line(server, 150, 200) as line:
        for program in ("caid", "rsync"):
            target = empty_target()
            more = ["--base", old] if program == "caid" else []
            seconds, _ = timed(command(program, "down", line, new, target, *more))
            check(new, target)
            print(f"| {program} | {seconds:.1f} | {100 * CHECKPOINT_MB * 8 / 200 / seconds:.0f} |")
            say(f"checkpoint, {program}: {seconds:.1f} s")
    for folder in (old, new):
        shutil.rmtree(folder)


def main() -> None:
    server = start_server()
    large, small = one_large("one-large", MIB << 20, 1), many_small()
    table(server, f"one file of {MIB} MiB", large)
    table(server, f"{COUNT} small files", small)
    print(f"\nSmall files have 4 KiB on average. \"stopped\": took five times as long as caid, and more than {PATIENCE:.0f} s.")
    print("caid proves every digest and flushes to the disk before it is done; the others do neither.")
    second_pull(server, large)
    if CHECKPOINT_MB:
        checkpoint(server)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        main()
    finally:
        for process in processes:
            process.kill()
