"""`crm_simulate` as a function: from arguments and a document to what is printed and saved."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from datetime import UTC, datetime

from standfast import cib, scheduler, transition
from standfast.dialects.crm_simulate import injections, model, score_text, status_text, transition_text
from standfast.dialects.crm_simulate.outline import Outline
from standfast.errors import Exit

_TIME = "%Y-%m-%d %H:%M:%SZ"


@dataclass(slots=True)
class Output:
    """What a call leads to: texts, and files by the option that names them."""

    stdout: str = ""
    stderr: str = ""
    exit_status: int = Exit.OK
    files: dict[str, bytes] = field(default_factory=dict)


def run(arguments: argparse.Namespace, document: cib.Document, clock_s: int) -> Output:
    """Return what `crm_simulate` prints and saves. `clock_s` is used where nothing else says what time it is."""
    return _Simulation(arguments, document, clock_s).run()


class _Simulation:
    def __init__(self, arguments: argparse.Namespace, document: cib.Document, clock_s: int) -> None:
        self.arguments = arguments
        self.document, _ = cib.upgrade.upgrade(document)
        self.clock_s = clock_s
        self.output = Output()
        self.outline = Outline()
        self.quiet = bool(arguments.quiet)

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
        if not self.quiet:
            self._print_current(scheduler.state(self.document, now_s) if outcome is None else outcome.state)
        if arguments.injects:
            now_s = self._inject(now_s)
        if arguments.save_input:
            self.output.files["save_input"] = self.document.render(pretty=True)
        if arguments.run:
            outcome = outcome or self._schedule(now_s)
            self._print_plan(outcome)
            if arguments.simulate:
                self._simulate(outcome)
        self.output.stdout = self.outline.text()
        return self.output

    def _now(self, *, announce: bool) -> int:
        """Return the time that is simulated, and say which it is, if it was given."""
        given = self.arguments.set_datetime
        if given:
            if announce and not self.quiet:
                self.outline.plain(f"Setting effective cluster time: {given}")
            return cib.times.parse_instant(given, self.clock_s) or self.clock_s
        original = cib.values.integer(self.document.root.get("execution-date"))
        if original is None:
            return self.clock_s
        if announce and not self.quiet:
            when = datetime.fromtimestamp(original, UTC).strftime(_TIME)
            self.outline.plain(f"Using the original execution date of: {when}")
        return original

    def _print_current(self, state: scheduler.State) -> None:
        if state.maintenance_mode:
            self.outline.plain("\n              *** Resource management is DISABLED ***")
            self.outline.plain("  The cluster will not attempt to start, stop or recover services")
        if state.disabled_instances or state.blocked_instances:
            if state.maintenance_mode:
                self.outline.spacer()
            self.outline.plain(
                f"{state.disabled_instances} of {state.counted_instances} resource instances DISABLED and "
                f"{state.blocked_instances} BLOCKED from further action due to failure"
            )
        if state.maintenance_mode or state.disabled_instances or state.blocked_instances:
            self.outline.spacer()
        status_text.render(state, self.outline, "Current cluster status", pending=True)

    def _inject(self, now_s: int) -> int:
        changed = model.Model(self.document, self.clock_s)
        shown = Outline() if self.quiet else self.outline
        shown.spacer()
        mistakes = injections.inject(self.arguments, changed, shown)
        self.output.stderr += "".join(f"{mistake}\n" for mistake in mistakes)
        self.document = changed.document
        return self._now(announce=False)

    def _schedule(self, now_s: int) -> scheduler.Outcome:
        return scheduler.schedule(self.document, now_s, sanitized=True, draw=bool(self.arguments.save_dotfile))

    def _print_plan(self, outcome: scheduler.Outcome) -> None:
        arguments = self.arguments
        self._print_scores(outcome)
        self.output.stderr += "".join(f"{r}\n" for r in outcome.reports if r.code == "scheduler.impossible")
        if arguments.save_graph:
            self.output.files["save_graph"] = transition.xml.render(outcome.graph)
        if arguments.save_dotfile:
            self.output.files["save_dotfile"] = transition.diagram.render(outcome.diagram).encode()
        if not self.quiet:
            self.outline.spacer()
            transition_text.render(outcome.changes, self.outline)

    def _print_scores(self, outcome: scheduler.Outcome) -> None:
        scores, utilization = self.arguments.show_scores, self.arguments.show_utilization
        if not scores and not utilization:
            return
        found = score_text.lines(outcome.scores, show_scores=scores, show_utilization=utilization)
        if self.quiet:
            self.outline.lines += (*found, "")
            return
        titles = [word for word, on in (("Assignment Scores", scores), ("Utilization", utilization)) if on]
        self.outline.spacer()
        with self.outline.list(" and ".join(titles) + (" Information" if utilization else "")):
            for line in (*outcome.notices, *found):
                self.outline.item(line)

    def _simulate(self, outcome: scheduler.Outcome) -> None:
        changed = model.Model(self.document, self.clock_s)
        known = frozenset(_ids(outcome.state.resources))
        execution = model.execute(outcome.graph, changed, known, injections.failing(self.arguments.op_fail))
        self.output.files["save_output"] = changed.document.render(pretty=True)
        if not execution.complete:
            self.output.exit_status = Exit.SOFTWARE
        if self.quiet:
            return
        self.outline.spacer()
        with self.outline.list("Executing Cluster Transition"):
            for line in execution.lines:
                self.outline.item(line)
            if not execution.complete:
                self.outline.plain("Transition failed: terminated")
                self.outline.plain("An invalid transition was produced")
        self.document = changed.document
        now_s = self._now(announce=True)
        self.outline.spacer()
        status_text.render(scheduler.state(self.document, now_s), self.outline, "Revised Cluster Status", pending=False)


def _ids(resources: tuple[scheduler.ResourceState, ...]) -> list[str]:
    found: list[str] = []
    for resource in resources:
        found += [resource.id, resource.history_id]
        found += _ids(resource.children)
    return found
