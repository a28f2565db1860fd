"""The secrets of the unattended run: parameters of Systems Manager, found by their names and never read here."""

from meteolake.aws.account import Account, explained
from meteolake.aws.names import Names

# The variable of the configuration, and the template's parameter that holds the secret's name.
SECRETS = {
    "METEOLAKE_OPEN_METEO_API_KEY": "OpenMeteoKeyParameter",
    "METEOLAKE_DATABASE_URL": "DatabaseUrlParameter",
    "METEOLAKE_PUBLISH_POSTGRES": "PostgresUrlParameter",
}


def stored(account: Account, names: Names) -> dict[str, str]:
    """The template's parameters for the secrets that are stored under `/<stack>/METEOLAKE_…`.

    Raises:
        CloudError: Systems Manager may not be asked.
    """
    wanted = {f"/{names.stack}/{variable}": parameter for variable, parameter in SECRETS.items()}
    with explained("ssm:GetParameters", f"/{names.stack}/"):
        found = account.client("ssm").get_parameters(Names=list(wanted), WithDecryption=False)["Parameters"]
    return {wanted[each["Name"]]: each["Name"] for each in found}
