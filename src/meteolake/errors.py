"""Every error that meteolake raises on purpose.

    MeteolakeError            what happened, where, what to do next
      ConfigError             a wrong key or value: file and line, key, value received, values allowed
      SourceError             a source refused or answered nonsense; its own reason is quoted
        SourceUnavailable     transient (time-outs, 429, 5xx): the only error that is retried
        BudgetSpent           not a failure: what is left of the request budget and when to go on
      LakeError               a path is missing or not writable, a commit was lost, another run holds the lease
      BrokenAssumption        a table violates its key, a step lost rows, too many rows were refused
      PublishError            a place that results are published to refused them: which, and why
      StepFailed              a step of a run failed: step, run, where the log is
      CloudError              an AWS call failed: action, resource, the missing permission or quota
      CannotListen            the port that a server should listen on is taken, or not of this machine
      NotAllowed              an API key is missing, revoked or out of scope

Bad rows are data and go to the quarantine; broken assumptions are errors and stop a step before it commits.
"""


class MeteolakeError(Exception):
    """Something a user can act on: its text says what happened, where, and what to do next."""


class ConfigError(MeteolakeError):
    """A key or value of the configuration is wrong."""


class SourceError(MeteolakeError):
    """A source refused the request or answered nonsense."""


class SourceUnavailable(SourceError):
    """A source could not be reached or asked to come back later."""


class BudgetSpent(SourceError):
    """The request budget of a source is used up for now."""


class LakeError(MeteolakeError):
    """The lake could not be read or written."""


class BrokenAssumption(MeteolakeError):
    """Data violates what a step relies on; nothing was committed."""


class PublishError(MeteolakeError):
    """A place that results are published to refused them."""


class StepFailed(MeteolakeError):
    """A step of a run failed."""


class CloudError(MeteolakeError):
    """An AWS call failed."""


class CannotListen(MeteolakeError):
    """A server cannot listen where it should."""


class NotAllowed(MeteolakeError):
    """The caller may not do this."""
