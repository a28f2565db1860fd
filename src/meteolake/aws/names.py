"""What the stack's resources are called: the template's naming, known before anything exists."""

from dataclasses import dataclass

TAG = "meteolake:lake"  # on everything that the stack and its runs make; the value is the stack's name


@dataclass(frozen=True)
class Names:
    """The names of one stack in one account; `application` is EMR Serverless's id, once there is one."""

    stack: str
    account_id: str
    region: str
    partition: str = "aws"
    application: str = "*"

    @property
    def lake_bucket(self) -> str:
        """The data, which outlives the stack."""
        return self._bucket("lake")

    @property
    def work_bucket(self) -> str:
        """Code, logs, results of statements."""
        return self._bucket("work")

    @property
    def public_bucket(self) -> str:
        """The public documents."""
        return self._bucket("public")

    @property
    def buckets(self) -> tuple[str, str, str]:
        """All three."""
        return self.lake_bucket, self.work_bucket, self.public_bucket

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that every stack has."""
        return tuple(f"{self.stack}-{role}" for role in ("emr-service", "emr-instances", "emr-serverless"))

    def arn(self, pattern: str) -> str:
        """An ARN out of its pattern with the fields of this class, and `{glue}` for the databases' prefix."""
        return pattern.format(**vars(self), glue=self.stack.replace("-", "_"))

    def _bucket(self, kind: str) -> str:
        return f"{self.stack}-{kind}-{self.account_id}"
