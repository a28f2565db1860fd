"""Reads the CloudFormation template: parsed, and with its names and ARNs worked out for one stack."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from meteolake.aws.deploy import template
from meteolake.aws.names import Names


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".") if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


def parsed() -> dict[str, Any]:
    """The template with the long forms of functions."""
    found = yaml.load(template(), Loader=_Loader)
    assert isinstance(found, dict)
    return found


@dataclass(frozen=True)
class Resolver:
    """Works out names and ARNs as CloudFormation would; conditions hold."""

    names: Names
    resources: Mapping[str, Any]

    def resolve(self, value: Any) -> Any:
        """A value without functions."""
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in ("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Split"):
                return getattr(self, "_" + name.removeprefix("Fn::").lower())(argument)
        return {key: self.resolve(each) for key, each in value.items()}

    def _ref(self, name: str) -> str:
        pseudo = {
            "AWS::StackName": self.names.stack,
            "AWS::AccountId": self.names.account_id,
            "AWS::Region": self.names.region,
            "AWS::Partition": self.names.partition,
        }
        if name in pseudo:
            return pseudo[name]
        if name == "ServerlessApplication":
            return self.names.application
        properties = self.resources.get(name, {}).get("Properties", {})
        named = next((value for key, value in properties.items() if key.endswith(("Name", "BucketName"))), None)
        return str(self.resolve(named)) if named else f"<{name}>"

    def _getatt(self, path: list[str]) -> str:
        resource, attribute = path[0], path[-1]
        name, kind = self._ref(resource), self.resources[resource]["Type"]
        if attribute == "Arn" and kind == "AWS::IAM::Role":
            return f"arn:{self.names.partition}:iam::{self.names.account_id}:role/{name}"
        if attribute == "Arn" and kind == "AWS::S3::Bucket":
            return f"arn:{self.names.partition}:s3:::{name}"
        return f"<{resource}.{attribute}>"

    def _sub(self, argument: Any) -> str:
        text, values = argument if isinstance(argument, list) else (argument, {})

        def found(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in values:
                return str(self.resolve(values[name]))
            return self._getatt(name.split(".")) if "." in name else self._ref(name)

        return re.sub(r"\$\{([^}]+)\}", found, text)

    def _if(self, argument: list[Any]) -> Any:
        return self.resolve(argument[1])

    def _join(self, argument: list[Any]) -> str:
        return str(argument[0]).join(self.resolve(argument[1]))

    def _split(self, argument: list[Any]) -> list[str]:
        return str(self.resolve(argument[1])).split(argument[0])


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, with the resource whose policy it is."""

    owner: str
    owner_type: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Any]
    sid: str


def statements(resolver: Resolver) -> Iterator[Statement]:
    """Every statement that says who may do what; not those that say who may assume a role."""
    for name, resource in resolver.resources.items():
        properties = resource.get("Properties", {})
        documents = [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        documents += [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
        for document in documents:
            for each in resolver.resolve(document["Statement"]):
                yield Statement(
                    name,
                    resource["Type"],
                    each["Effect"],
                    _several(each["Action"]),
                    _several(each["Resource"]),
                    each.get("Condition", {}),
                    each.get("Sid", ""),
                )


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
