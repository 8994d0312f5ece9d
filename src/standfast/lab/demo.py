"""`standfast demo`: three nodes on this machine, a service, and what happens when things die."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from standfast.errors import Exit, LiveError, RequestError, StandfastError
from standfast.lab import corosync_conf, reporting, story, topology
from standfast.lab.live import control, launch, loading, node_api, packages, page_client, setup, share
from standfast.lab.story import Chapter, Claim
from standfast.web import schema

NODES = 3
SERVICE = ("myip", "mystore", "myserver")
SERVER = "myserver"
SETTLED_LIMIT_S = 60.0
PAGE_LIMIT_S = 60.0
QUIET_MS = 1500.0


def main(argv: Sequence[str], reporter: reporting.Reporter | None = None) -> int:
    """Run the demonstration; return 0 only if every step showed what it claims."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as end:
        return Exit.USAGE if end.code else Exit.OK
    show = reporter or reporting.Plain()
    try:
        packages.provide(options.engine)
        return _run(options, show)
    except StandfastError as error:
        print(f"standfast demo: {error}", file=sys.stderr)
        return error.exit_status if isinstance(error, RequestError) else Exit.ERROR


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(prog="standfast demo", description=__doc__)
    top.add_argument("--keep", action="store_true", help="leave the lab running at the end")
    top.add_argument("--name", default="lab", help="the lab's name (default: lab)")
    top.add_argument("--engine", choices=setup.ENGINES, default="local", help="the messaging engine (default: local)")
    top.add_argument(
        "--token", type=int, default=corosync_conf.TOKEN_MS, metavar="MS", help="Corosync's token timeout (%(default)s)"
    )
    top.add_argument("--user-namespace", action="store_true", help="as root too: what a user without root gets")
    return top


def _run(options: argparse.Namespace, show: reporting.Reporter) -> int:
    rootful = False if options.user_namespace else None
    settings = setup.settings(options.name, NODES, rootful=rootful, engine=options.engine, token_ms=options.token)
    show.chapter("Three nodes on this machine")
    begun = time.monotonic()
    lease = launch.up(settings)
    demo = Demo(control.Lab(Path(settings.folder)), show)
    try:
        demo.tell(begun)
    except LiveError as error:
        demo.admit(error)
    finally:
        _end(demo, options, lease)
    return Exit.OK if demo.holds else Exit.ERROR


def _end(demo: Demo, options: argparse.Namespace, lease: launch.Lease) -> None:
    name = "" if options.name == "lab" else f" --name {options.name}"
    if options.keep:
        lease.keep()
        demo.show.say(
            f"\nThe lab goes on. Look at it:\n  standfast lab status{name}\n"
            f"  standfast lab exec{name} n1 standfast status\n"
            f"  standfast lab kill{name} n1        (and cut, heal, boot)\nEnd it:\n  standfast lab down{name}"
        )
    else:
        lease.end(demo.lab.folder)


class Demo:
    """The chapters, in order. Each changes the lab, waits for what has to follow, and says what it saw."""

    def __init__(self, lab: control.Lab, show: reporting.Reporter) -> None:
        self.lab = lab
        self.show = show
        self.names = [member.name for member in topology.nodes(NODES)]
        self.chapters: list[Chapter] = []
        self._failed = False
        self._page: page_client.PageClient | None = None
        self._tails: dict[str, node_api.EventTail] = {}

    @property
    def holds(self) -> bool:
        """Return whether everything was shown."""
        return not self._failed and bool(self.chapters) and all(chapter.holds for chapter in self.chapters)

    def admit(self, error: LiveError) -> None:
        """Say that the story broke off, with what the nodes' daemons said last."""
        self._failed = True
        self.show.claim(Claim(str(error), holds=False))
        for name in self.names:
            log = self.lab.folder / name / "log" / "standfastd.log"
            if log.is_file():
                self.show.say(f"{name}: " + "\n".join(log.read_text(errors="replace").splitlines()[-8:]))

    def tell(self, begun: float) -> None:
        """Tell all of it. Raises: LiveError if it breaks off."""
        self._first_start(begun)
        self._configure()
        self._node_death()
        self._process_death()
        self._standby()
        self._quorum_loss()
        self.show.chapter("How long the page was away")
        self.show.table(("what happened", "page away for"), story.table(self.chapters))

    # --- what the chapters share

    def api(self, node: str) -> node_api.NodeApi:
        """Return a node's API."""
        return node_api.NodeApi(self.lab, node)

    @property
    def page(self) -> page_client.PageClient:
        """Return the client of the page."""
        if self._page is None:
            self._page = page_client.PageClient(self.lab)
        return self._page

    def settle(self, what: str, nodes: Sequence[str] = ()) -> schema.Status:
        """Wait until all nodes are online and everything runs as configured."""
        with self.show.busy(what):
            status = node_api.wait_for_status(self.lab, nodes or self.names, what, SETTLED_LIMIT_S, self._settled)
        for name in self.names:
            if name not in self._tails or not self._tails[name].is_alive:
                self._tails[name] = node_api.EventTail(self.api(name))
        return status

    def _settled(self, status: schema.Status) -> bool:
        running = {r.id.partition(":")[0] for r in status.resources if r.role == "Started" and not r.pending}
        roles = [r.role for r in status.resources if r.id.partition(":")[0] == "state"]
        watchers = {n for r in status.resources if r.id.partition(":")[0] == "watcher" for n in r.nodes}
        return (
            node_api.all_online(self.names)(status)
            and status.transition == "idle"
            and running >= {*SERVICE, "fence", "watcher"}
            and watchers == set(self.names)
            and roles.count("Promoted") == 1
            and roles.count("Unpromoted") == len(self.names) - 1
        )

    def place(self, status: schema.Status) -> str:
        """Return the node that has the service."""
        return next(r.nodes[0] for r in status.resources if r.id == SERVER)

    def since(
        self, node: str, wall_ms: float, enough: Callable[[Sequence[schema.EventRecord]], bool]
    ) -> list[schema.EventRecord]:
        """Return a node's events since a moment, once there are enough of them or it does not get better."""
        limit = time.monotonic() + 5
        while True:
            events = self._tails[node].events(wall_ms)
            if enough(events) or time.monotonic() > limit:
                return events
            time.sleep(0.02)

    def close(self, chapter: Chapter) -> None:
        """Show what a chapter claims and keep it."""
        for claim in chapter.claims:
            self.show.claim(claim)
        if chapter.away_ms is not None:
            self.show.say(f"The page was away for {chapter.away_ms:.0f} ms.")
        if chapter.reasons:
            self.show.say("Why:\n" + "\n".join(f"  {reason}" for reason in chapter.reasons))
        self.chapters.append(chapter)

    def why(self, chapter: Chapter, node: str, resources: Sequence[str]) -> None:
        """Add to a chapter why each resource is where it is, as this node explains it."""
        for resource in resources:
            chapter.reasons += [story.reason(instance) for instance in self.api(node).explain(resource).instances]
        instances = bool(chapter.reasons) and all(chapter.reasons)
        chapter.claims.append(Claim("there is a reason for every place", instances))

    # --- the chapters

    def _first_start(self, begun: float) -> None:
        with self.show.busy("first start, until all are online"):
            online = node_api.all_online(self.names)
            node_api.wait_for_status(self.lab, self.names[:1], "all nodes online", SETTLED_LIMIT_S, online)
        took_ms = (time.monotonic() - begun) * 1000
        self.close(Chapter("first start", [Claim("all three nodes are online", True, took_ms)]))

    def _configure(self) -> None:
        self.show.chapter("The service, in the crm shell's language")
        text = share.demo_configuration()
        self.show.say("\n".join(line for line in text.splitlines() if line and not line.startswith("#")))
        begun = time.monotonic()
        loading.load(self.api(self.names[0]), text, "demo.crm")
        status = self.settle("loaded, until everything runs")
        took_ms = (time.monotonic() - begun) * 1000
        self.show.say(self.lab.output(self.names[0], "standfast", "status")[1])
        answer = self.page.wait_for_answer(0, PAGE_LIMIT_S)
        self.show.say(page_client.fetch(self.lab, topology.SERVICE_ADDRESS))
        claims = [
            Claim("everything runs", True, took_ms),
            Claim(f"the page comes from {answer.by}, through {topology.SERVICE_ADDRESS}",
                  answer.by == self.place(status)),
        ]  # fmt: skip
        chapter = Chapter("start", claims)
        self.why(chapter, self.names[0], [*SERVICE, "watchers", "states", "fence"])
        self.close(chapter)

    def _node_death(self) -> None:
        victim = self.place(self.settle("all is well"))
        survivors = [name for name in self.names if name != victim]
        self.show.chapter(f"The node that has the service dies ({victim}: SIGKILL to its first process)")
        self.page.wait_for_answer(0, PAGE_LIMIT_S)
        wall, begun = int(time.time() * 1000), time.monotonic() * 1000
        self.lab.kill(victim)
        gap = self.page.wait_for_return(begun, PAGE_LIMIT_S, gone=victim)
        events = self.since(survivors[0], wall, lambda e: all(c.holds for c in story.death(e, victim, SERVICE, wall)))
        claims = story.death(events, victim, SERVICE, wall)
        asked = [f for f in self.lab.status()["fencings"] if f["target"] == victim and f["asked_ms"] >= begun]
        first_ms = asked[0]["done_ms"] - begun if asked else None
        claims.insert(1, Claim(f"the lab's power switch ended {victim}", bool(asked), first_ms))
        claims.append(Claim(f"the page comes from {gap.after}", gap.after in survivors, gap.to_ms - begun))
        chapter = Chapter("node death", claims, gap.length_ms)
        self.why(chapter, survivors[0], SERVICE)
        self.close(chapter)

    def _process_death(self) -> None:
        node = self.place(self.settle("the node is back"))
        self.show.chapter(f"A process dies (nginx on {node}: SIGKILL)")
        wall, begun = int(time.time() * 1000), time.monotonic() * 1000
        self.lab.output(node, "pkill", "-KILL", "-x", "nginx")
        gap = self.page.wait_for_return(begun, PAGE_LIMIT_S)
        events = self.since(node, wall, lambda e: all(c.holds for c in story.restart(e, node, SERVER, wall)))
        claims = story.restart(events, node, SERVER, wall)
        claims.append(Claim(f"the page comes from {node} again", gap.after == node, gap.to_ms - begun))
        self.close(Chapter("process death", claims, gap.length_ms))

    def _standby(self) -> None:
        node = self.place(self.settle("all is well"))
        other = next(name for name in self.names if name != node)
        self.show.chapter(f"An operator sends the node into standby ({node})")
        wall, begun = int(time.time() * 1000), time.monotonic() * 1000
        self.api(other).order_node(node, "standby")
        gap = self.page.wait_for_return(begun, PAGE_LIMIT_S, gone=node)
        events = self.since(other, wall, lambda e: all(c.holds for c in story.move(e, node, SERVICE, wall)))
        claims = story.move(events, node, SERVICE, wall)
        claims.append(Claim(f"the page comes from {gap.after}", gap.after != node, gap.to_ms - begun))
        chapter = Chapter("standby", claims, gap.length_ms)
        self.why(chapter, other, SERVICE)
        self.close(chapter)
        self.api(other).order_node(node, "online")

    def _quorum_loss(self) -> None:
        node = self.place(self.settle("the node is online again"))
        self.show.chapter("Every node is cut from the others: none has quorum")
        fencings = len(self.lab.status()["fencings"])
        begun = time.monotonic() * 1000
        self.lab.cut("|".join([node, *(name for name in self.names if name != node)]))
        with self.show.busy("until nothing of the service runs anywhere"):
            away_ms = self._wait_until_stopped() - begun
        time.sleep(QUIET_MS / 1000)
        stayed = not self._serving()
        claims = [
            *(self._without_quorum(name) for name in self.names),
            Claim("the service was stopped, and nobody took it over", stayed, away_ms),
            Claim("nobody was fenced", len(self.lab.status()["fencings"]) == fencings),
        ]
        self.lab.heal()
        healed = time.monotonic() * 1000
        answer = self.page.wait_for_answer(healed, PAGE_LIMIT_S)
        claims.append(Claim(f"healed: the page comes from {answer.by} again", True, answer.at_ms - healed))
        self.settle("everything runs again")
        claims.append(Claim("everything runs again", True, time.monotonic() * 1000 - healed))
        self.close(Chapter("quorum lost", claims))

    def _without_quorum(self, node: str) -> Claim:
        quorum = self.api(node).status().quorum
        votes = f"{quorum.total_votes} of {quorum.expected_votes} votes"
        return Claim(f"{node} has no quorum ({votes})", not quorum.quorate)

    def _serving(self) -> list[str]:
        """Return the nodes where the server runs or the address is."""
        script = f"pgrep -x nginx || ip -o address show | grep -F {topology.SERVICE_ADDRESS}/"
        return [name for name in self.names if self.lab.output(name, "sh", "-c", script)[0] == 0]

    def _wait_until_stopped(self) -> float:
        """Return when nothing of the service was left. Raises: LiveError."""
        limit = time.monotonic() + PAGE_LIMIT_S
        while serving := self._serving():
            if time.monotonic() > limit:
                raise LiveError(f"without quorum, the service still runs on {', '.join(serving)}")
            time.sleep(0.02)
        return time.monotonic() * 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
