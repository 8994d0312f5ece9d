"""`crm_simulate` as a function: from arguments and a document to what is printed and saved."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

import msgspec

from standfast import cib, scheduler, transition
from standfast.dialects.crm_simulate import injections
from standfast.dialects.crm_simulate.execution import execute
from standfast.dialects.crm_simulate.model import Model
from standfast.dialects.crm_simulate.page import Look, Page
from standfast.dialects.crm_simulate.text_page import TextPage
from standfast.dialects.crm_simulate.xml_page import XmlPage
from standfast.errors import Exit

_TIME = "%Y-%m-%d %H:%M:%SZ"


class Output(msgspec.Struct):
    """What a call leads to: texts, and files by the option that names them."""

    stdout: str = ""
    stderr: str = ""
    exit_status: int = Exit.OK
    files: dict[str, bytes] = msgspec.field(default_factory=dict)


def run(arguments: argparse.Namespace, document: cib.Document, clock_s: int, offset_s: int = 0) -> Output:
    """Return what `crm_simulate` prints and saves.

    `clock_s` is used where nothing else says what time it is; `offset_s` is the local zone's seconds east of UTC.
    """
    return _Simulation(arguments, document, clock_s, offset_s).run()


def _page(arguments: argparse.Namespace, offset_s: int) -> Page:
    look = Look(arguments.show_attrs, arguments.show_failcounts, offset_s)
    if arguments.output_as == "xml":
        return XmlPage(look, arguments.request)
    return TextPage(look, quiet=bool(arguments.quiet))


class _Simulation:
    def __init__(self, arguments: argparse.Namespace, document: cib.Document, clock_s: int, offset_s: int) -> None:
        self.arguments = arguments
        self.document, _ = cib.upgrade.upgrade(document)
        self.clock_s = clock_s
        self.output = Output()
        self.page = _page(arguments, offset_s)

    def run(self) -> Output:
        arguments = self.arguments
        if self.document.root.get("validate-with") == "none":
            self.output.stderr += (
                'Schema validation of configuration is disabled (support for validate-with set to "none" is '
                "deprecated and will be removed in a future release)\n"
            )
        now_s = self._now(announce=True)
        # Without injections, what is scheduled is the current status: it is read once.
        outcome = self._schedule(now_s) if arguments.run and not arguments.injects else None
        if not arguments.quiet or arguments.output_as == "xml":
            state = scheduler.state(self.document, now_s) if outcome is None else outcome.state
            self.page.current(state, self.document)
        if arguments.injects:
            now_s = self._inject()
        if arguments.save_input:
            self.output.files["save_input"] = self.document.render(pretty=True)
        if arguments.run:
            outcome = outcome or self._schedule(now_s)
            self._print_plan(outcome)
            if arguments.simulate:
                self._simulate(outcome)
        self.output.stdout = self.page.text()
        return self.output

    def _now(self, *, announce: bool) -> int:
        """Return the time that is simulated, and say which it is, if it was given."""
        given = self.arguments.set_datetime
        if given:
            if announce:
                self.page.note(f"Setting effective cluster time: {given}")
            return cib.times.parse_instant(given, self.clock_s) or self.clock_s
        original = cib.values.integer(self.document.root.get("execution-date"))
        if original is None:
            return self.clock_s
        if announce:
            when = datetime.fromtimestamp(original, UTC).strftime(_TIME)
            self.page.note(f"Using the original execution date of: {when}")
        return original

    def _inject(self) -> int:
        model = Model(self.document, self.clock_s)
        entries, mistakes = injections.inject(self.arguments, self.document, model)
        self.page.modifications(entries)
        self.output.stderr += "".join(f"{mistake}\n" for mistake in mistakes)
        self.document = model.written()
        return self._now(announce=False)

    def _schedule(self, now_s: int) -> scheduler.Outcome:
        arguments = self.arguments
        draw = scheduler.Draw.NOTHING
        if arguments.save_dotfile:
            draw = scheduler.Draw.EVERYTHING if arguments.all_actions else scheduler.Draw.TRANSITION
        scored = bool(arguments.show_scores or arguments.show_utilization)
        return scheduler.schedule(self.document, now_s, sanitized=True, draw=draw, explained=scored)

    def _print_plan(self, outcome: scheduler.Outcome) -> None:
        arguments = self.arguments
        scores, utilization = arguments.show_scores, arguments.show_utilization
        if scores or utilization:
            self.page.scores(outcome, scores=scores, utilization=utilization)
        self.output.stderr += "".join(f"{r}\n" for r in outcome.reports if r.code == "scheduler.impossible")
        if arguments.save_graph:
            self.output.files["save_graph"] = transition.xml.render(outcome.graph)
        if arguments.save_dotfile:
            self.output.files["save_dotfile"] = transition.diagram.render(outcome.diagram).encode()
        self.page.changes(outcome.changes)

    def _simulate(self, outcome: scheduler.Outcome) -> None:
        model = Model(self.document, self.clock_s)
        known = frozenset(_ids(outcome.state.resources))
        execution = execute(outcome.graph, model, known, injections.failing(self.arguments.op_fail))
        self.document = model.written()
        self.output.files["save_output"] = self.document.render(pretty=True)
        if not execution.complete:
            self.output.exit_status = Exit.SOFTWARE
        self.page.transition(execution.entries, complete=execution.complete)
        if self.arguments.quiet and self.arguments.output_as != "xml":
            return
        now_s = self._now(announce=True)
        self.page.revised(scheduler.state(self.document, now_s), self.document)


def _ids(resources: tuple[scheduler.ResourceState, ...]) -> list[str]:
    found: list[str] = []
    for resource in resources:
        found += [resource.id, resource.history_id]
        found += _ids(resource.children)
    return found
