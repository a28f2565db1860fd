"""The code that a deploy sends, and the parameters that name it."""

from pathlib import Path

from meteolake.aws import api_package, schedule_package
from meteolake.aws.account import Account
from meteolake.aws.deploy import adoption
from meteolake.aws.secrets import stored
from meteolake.aws.stack import Stack
from meteolake.aws.uploads import Upload
from meteolake.cli.aws.checks import Checked
from meteolake.cli.aws.parameters import parameters
from meteolake.cli.aws.unattended import files
from meteolake.config import Config


def packages(
    config: Config, path: Path | None, account: Account, checked: Checked, folder: Path
) -> tuple[dict[str, str], list[Upload]]:
    """The parameters of the template and the files that they name, written into a folder.

    Raises:
        ConfigError: the configuration does not fit an unattended run.
    """
    given = parameters(config) | {"AdoptsLakeBucket": adoption(Stack(account, checked.names.stack), checked.names)}
    uploads: list[Upload] = []
    if "public_url" in checked.denied_features:
        given["HasPublicUrl"] = "false"
    if config.aws.api.is_enabled and "api" not in checked.denied_features:
        api = api_package.package(folder)
        given |= {"ApiPackageKey": api.key, "ApiHandler": api_package.HANDLER, "ApiRuntime": api_package.RUNTIME}
        uploads.append(api)
    if config.aws.schedule.is_enabled:
        secrets = stored(account, checked.names)
        source = schedule_package.package(folder, files(config, path, secrets))
        wheels = schedule_package.wheels(folder)
        given |= secrets | {"SchedulePackageKey": source.key, "ScheduleWheelsKey": wheels.key}
        uploads += [source, wheels]
    return given, uploads
