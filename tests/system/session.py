# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole session on stage: the network, a desk, a site file, the box with its image, and a way in.

    with Session(log_dir) as session:         # all of it, ready: the onion answers
        session.source().open("/")

or step by step, as run.py does to tell about each. Whatever was started is ended in the reverse order.
"""

import contextlib
import os
import re
import shutil
import time
from pathlib import Path

import box as box_module
import proc
import source
import tornet
from desk import Desk
from proc import Failure

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("COURIER_BUILD") or TOP / "build")
# What the box says on its serial line: log lines of roles, and lines of the console's that begin with "courier: ".
FIRST_LINE = rb"^(init|courier): "
DOOR_OPEN = rb"^courier: door open\r?$"
TROUBLE = rb"^courier: (crashes|restarts) \d+"  # workers that died by a signal; long-lived roles started again
NAME = "The Example Desk"
PASSPHRASE = "correct horse battery staple"
ASKS_SECRET, ASKS_LINE, SHOWS = (rb"^courier: asks " + kind + rb"\r?$" for kind in (b"secret", b"line", b"show"))
PATIENCE_S = 30
TOPICS = ("Work", "Health", "Something else")


class Session:
    def __init__(self, log_dir, image=None, courier=None, network=None, say=lambda text: None, site_options=(),
                 sealed=False, **box_options):
        """sealed: the site file is, and the passphrase is typed on the serial line."""
        self.log_dir = Path(log_dir).resolve()
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self.image = Path(image or BUILD / "courier.img")
        self.courier = Path(courier or BUILD / "courier")
        self.network = network
        self.say = say
        self.site_options = list(site_options)
        self.sealed = sealed
        self.box_options = box_options
        self.client_names = ("source", "desk")
        self.stack = contextlib.ExitStack()
        self.work = None
        self.desk = None
        self.box = None
        self.origin = None
        self.desk_address = None
        self.source_client = None
        self.desk_client = None

    # -- step by step

    def prepare(self):
        proc.need_programs({"age": "age"})
        for path in (self.image, self.courier):
            if not path.is_file():
                raise Failure(f"{path} is not there; next step: ./build.sh image")
        self.work = proc.scratch_folder("session")
        self.stack.callback(shutil.rmtree, self.work)

    def start_network(self, real_tor=False):
        """Unless a running one was given."""
        if self.network is None:
            network = tornet.RealNetwork(self.log_dir) if real_tor else tornet.Network(self.log_dir, say=self.say)
            self.network = self.stack.enter_context(network)

    def make_desk(self):
        self.desk = Desk(self.courier, self.work / "desk")
        self.desk.init()

    def make_site(self):
        torrc = self.work / "torrc"
        torrc.write_text(self.network.torrc_lines())
        argv = [self.courier, "site", "init", "--out", self.work / "site", "--name", NAME,
                "--desk", self.desk.for_the_operator, "--network", "dhcp"]
        if self.sealed:
            (self.work / "passphrase").write_text(PASSPHRASE + "\n")
            argv += ["--passphrase-file", self.work / "passphrase"]
        else:
            argv += ["--unattended"]
        for topic in TOPICS:
            argv += ["--topic", topic]
        if torrc.stat().st_size:
            argv += ["--torrc", torrc]
        said = proc.run(argv + self.site_options, "courier site init").stdout.decode()
        addresses = [re.search(rf"^{kind} address: (?:http://)?([a-z2-7]{{56}}\.onion)/?$", said, re.M)
                     for kind in ("source", "desk")]
        if not all(addresses):
            raise Failure(f"courier site init named no address: {said}")
        self.origin = "http://" + addresses[0].group(1)
        self.desk_address = addresses[1].group(1)
        self.desk.add(self.desk_address)

    def make_image(self):
        """A copy of the shipped image, with the site file on it."""
        self.disk = self.work / "courier.img"
        box_module.copy_sparse(self.image, self.disk)
        proc.run([TOP / "image" / "insert-site", self.disk, self.work / "site"], "put the site file on the image")

    def boot(self):
        self.box = box_module.Box(self.disk, self.log_dir, network=self.network, say=self.say,
                                  first_process=FIRST_LINE, **self.box_options)
        self.stack.enter_context(self.box)

    def unlock(self):
        self.box.wait_for(ASKS_SECRET)
        self.box.type(PASSPHRASE + "\r")

    def start_clients(self):
        """One tor for the source, another for the desk: only that one knows the desk door's key."""
        self.source_client = self.network.client(self.client_names[0], wait=False)
        self.desk_client = self.network.client(self.client_names[1], onion_auth=[self.desk.onion_auth()],
                                               wait=False)

    def wait_clients(self):
        self.source_client.wait()
        self.desk_client.wait()
        self.desk.use(self.desk_client)

    def wait_open(self, timeout_s=180):
        """Opens the landing page again and again until it is there, as somebody does who waits for it: each time anew."""
        timeout_s *= proc.CROWDED
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                page = self.impatient_source().open("/")
                if page.status != 200:
                    raise Failure(f"{self.origin}/ answers with status {page.status}: {page.text[:300]}")
                return page
            except (source.SocksRefused, OSError) as error:
                self.box.check()
                self.network.check()
                if time.monotonic() > deadline:
                    raise Failure(f"{self.origin} did not answer within {timeout_s} s (last: {error}); "
                                  f"logs: {self.log_dir}\n" + proc.tail(self.box.serial_log)) from error
                time.sleep(0.5)

    def check_untroubled(self):
        trouble = re.search(TROUBLE, self.box.serial(), re.M)
        if trouble:
            raise Failure(f"the box says “{trouble.group(0).decode()}”; serial line: {self.box.serial_log}")

    # -- all at once

    def start(self, before_boot=lambda: None):
        try:
            self.prepare()
            self.start_network()
            self.make_desk()
            self.make_site()
            self.make_image()
            before_boot()
            self.boot()
            if self.sealed:
                self.unlock()
            self.start_clients()
            self.box.wait_for(DOOR_OPEN)
            self.wait_clients()
            self.wait_open()
            return self
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.stack.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    def source(self, circuit=None, tries=3):
        """A source who just opened their browser: no cookies, and a new circuit unless one is named."""
        return source.Browser(self.source_client.connect_socks, self.origin, circuit or source.new_circuit(),
                              tries=tries)

    def impatient_source(self):
        """One who gives up and takes a new circuit where nothing comes. Tor itself waits for two minutes on one whose
        introduction was taken by a service that then died."""
        return source.Browser(self.source_client.connect_socks, self.origin, source.new_circuit(), patience_s=PATIENCE_S)
