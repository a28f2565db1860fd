"""What is checked before a command on AWS costs anything, and how it is shown."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from meteolake.aws.account import Account
from meteolake.aws.caller import Caller, caller
from meteolake.aws.grants import policy
from meteolake.aws.names import Names
from meteolake.aws.needs import DISPENSABLE, Purpose, needs, resolved
from meteolake.aws.obstacles import quotas, small_quotas, stuck_stack, taken_names
from meteolake.aws.outputs import outputs
from meteolake.aws.preflight import Finding, preflight
from meteolake.aws.stack import Stack
from meteolake.cli.aws.parameters import features
from meteolake.cli.output import err, out, print_json, table
from meteolake.config import Config
from meteolake.errors import CloudError


@dataclass(frozen=True)
class Checked:
    """The caller, the names, what was found, and the policy that would grant what is missing."""

    who: Caller
    names: Names
    findings: Sequence[Finding]
    grant: dict[str, Any] | None

    @property
    def denied_features(self) -> set[str]:
        """What a lake can do without and this account may not have."""
        denied = {finding.feature for finding in self.findings if finding.state == "denied"}
        return denied & set(DISPENSABLE)

    @property
    def is_fatal(self) -> bool:
        """Whether the command cannot be run."""
        return any(finding.is_fatal for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        findings = [asdict(finding) for finding in self.findings]
        return {"caller": self.who.arn, "is_allowed": not self.is_fatal, "findings": findings, "policy": self.grant}


def checks(config: Config, account: Account, purpose: Purpose) -> Checked:
    """Ask AWS whether a command could do all that it has to.

    Raises:
        CloudError: there are no credentials, AWS cannot be reached, or there is no stack to run on.
    """
    who = caller(account)
    names = _names(config, account, who, purpose)
    wanted = tuple(resolved(needs(purpose, features(config)), names))
    findings = preflight(account, who, wanted)
    if purpose == "deploy":
        state = Stack(account, names.stack).state()
        findings += stuck_stack(names.stack, state)
        findings += taken_names(account, names, has_stack=state is not None)
    if purpose != "destroy":
        findings += small_quotas(account, quotas(config.aws.emr_serverless.most_vcpus))
    return Checked(who, names, findings, policy(wanted, findings))


def ensure_allowed(config: Config, account: Account, purpose: Purpose, *, is_json: bool) -> Checked:
    """Check, and stop with a table of what is missing before anything is begun.

    Raises:
        CloudError: something is denied.
    """
    checked = checks(config, account, purpose)
    if not checked.is_fatal:
        return checked
    missing = replace(checked, findings=[each for each in checked.findings if each.is_fatal])
    if is_json:
        print_json(missing.as_json())
    else:
        show(missing)
    raise CloudError(
        f"AWS would refuse, so nothing was begun: {', '.join(each.action for each in missing.findings)}. "
        f"`meteolake aws preflight --for {purpose}` shows the whole of what it needs."
    )


def show(checked: Checked) -> None:
    """What is allowed and what is not, and the policy that would grant the rest."""
    columns = ("action", "resource", "state", "what for", "note")
    table(f"As {checked.who.arn}", columns, list(_rows(checked.findings)))
    for feature in sorted(checked.denied_features):
        out.print(f"Not allowed here, and left out: {DISPENSABLE[feature]}.")
    if any(finding.state == "unknown" for finding in checked.findings):
        err.print("What is unknown is no reason to stop: the command says so when AWS refuses.")
    if checked.grant:
        out.print("This policy would grant what is missing:", style="bold")
        out.print(json.dumps(checked.grant, indent=2))


def _names(config: Config, account: Account, who: Caller, purpose: Purpose) -> Names:
    """The names; a run needs a stack, whose application has an id that permissions are bound to."""
    stack, region = config.aws.stack, config.aws.region
    if purpose != "run":
        return who.names(stack, region)
    return who.names(stack, region, outputs(account, stack).serverless_application_id or "*")


def _rows(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    """Findings that share all but the action in one row; what is denied comes first."""
    actions: dict[tuple[str, ...], list[str]] = {}
    for each in findings:
        actions.setdefault((each.resource, each.state, each.purpose, each.note), []).append(each.action)
    for key in sorted(actions, key=lambda key: ("denied", "unknown", "allowed").index(key[1])):
        named = actions[key]
        shown = ", ".join(named) if key[1] == "denied" or len(named) < 3 else f"{named[0]} and {len(named) - 1} more"
        yield shown, *key
