"""service.py: starts the service as its unit says, where no systemd runs, and returns when it is
ready or has ended. Only what the unit of this program uses is understood.
"""

import configparser, glob, os, pwd, resource, shlex, shutil, socket, subprocess, sys

NAME = "teahouse.service"
files = [f"/usr/lib/systemd/system/{NAME}"] + sorted(glob.glob(f"/etc/systemd/system/{NAME}.d/*.conf"))
unit = configparser.RawConfigParser(strict=False, delimiters="=", comment_prefixes="#")
unit.optionxform = str
unit.read(files)
service = unit["Service"]
user = pwd.getpwnam(service["User"])

env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NOTIFY_SOCKET": f"/run/{NAME}.notify"}
if "Environment" in service:
    env.update(pair.split("=", 1) for pair in shlex.split(service["Environment"]))
if "LoadCredential" in service:
    name, source = service["LoadCredential"].split(":", 1)
    folder = f"/run/credentials/{NAME}"
    os.makedirs(folder, mode=0o755, exist_ok=True)
    shutil.copyfile(source, f"{folder}/{name}")
    os.chown(f"{folder}/{name}", user.pw_uid, user.pw_gid)
    os.chmod(f"{folder}/{name}", 0o400)

if os.path.exists(env["NOTIFY_SOCKET"]):
    os.remove(env["NOTIFY_SOCKET"])
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(env["NOTIFY_SOCKET"])
os.chmod(env["NOTIFY_SOCKET"], 0o777)
notify.settimeout(0.2)

capabilities = service["AmbientCapabilities"].lower().replace("cap_", "+")
files_most = int(service["LimitNOFILE"])
line = ["setpriv", "--reuid", service["User"], "--regid", service["Group"], "--clear-groups", "--no-new-privs",
        "--bounding-set", "-all," + capabilities, "--inh-caps", "-all," + capabilities, "--ambient-caps", "-all," + capabilities,
        *shlex.split(service["ExecStart"])]
with open("/run/journal", "ab") as journal:
    running = subprocess.Popen(
        line, cwd=service["WorkingDirectory"], env=env, stdin=subprocess.DEVNULL, stdout=journal, stderr=journal,
        start_new_session=True, umask=int(service["UMask"], 8),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (min(files_most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2))
with open(f"/run/{NAME}.pid", "w") as f:
    f.write(str(running.pid))
while running.poll() is None:
    try:
        if "READY=1" in notify.recv(4096).decode().split("\n"):
            sys.exit(0)
    except socket.timeout:
        pass
sys.exit(f"{NAME} has ended with code {running.returncode}; see: journalctl -u teahouse")
