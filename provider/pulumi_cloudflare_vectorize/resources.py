"""The resource classes that a Pulumi program declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict, cast

import pulumi
from pulumi.dynamic import Resource

from .dynamic import IndexProvider, MetadataIndexProvider
from .lifecycle.naming import name_prefix
from .program import (
    in_state_form,
    note_separate,
    refuse_unsupported,
    separate_properties,
    warn_of_autonaming,
    warn_of_plain_secrets,
)

Metric = Literal["cosine", "euclidean", "dot-product"]
Preset = Literal[
    "@cf/baai/bge-small-en-v1.5",
    "@cf/baai/bge-base-en-v1.5",
    "@cf/baai/bge-large-en-v1.5",
    "openai/text-embedding-ada-002",
    "cohere/embed-multilingual-v2.0",
]
MetadataType = Literal["string", "number", "boolean"]


class IndexConfigDict(TypedDict, total=False):
    """An index's shape as a dict. See `IndexConfig`."""

    dimensions: pulumi.Input[int]
    metric: pulumi.Input[Metric]
    preset: pulumi.Input[Preset]


@pulumi.input_type
class IndexConfig:
    """An index's shape: either `dimensions` and `metric`, or `preset`. Changing it replaces the index.

    Args:
        dimensions: the length of every vector, 1 to 1536. The API has rejected less than 32.
        metric: `cosine`, `euclidean` or `dot-product`.
        preset: the name of an embedding model, such as `@cf/baai/bge-base-en-v1.5`, which sets the other two.
    """

    def __init__(
        self,
        *,
        dimensions: pulumi.Input[int] | None = None,
        metric: pulumi.Input[Metric] | None = None,
        preset: pulumi.Input[Preset] | None = None,
    ) -> None:
        for key, value in (("dimensions", dimensions), ("metric", metric), ("preset", preset)):
            if value is not None:
                pulumi.set(self, key, value)

    @property
    @pulumi.getter
    def dimensions(self) -> pulumi.Input[int] | None:
        """Length of every vector."""
        return pulumi.get(self, "dimensions")

    @property
    @pulumi.getter
    def metric(self) -> pulumi.Input[Metric] | None:
        """How vectors are compared."""
        return pulumi.get(self, "metric")

    @property
    @pulumi.getter
    def preset(self) -> pulumi.Input[Preset] | None:
        """The embedding model that sets the other two."""
        return pulumi.get(self, "preset")


class _Resource(Resource):
    """Base of both resources. A subclass keeps the type token."""

    def __init_subclass__(cls, **token: Any) -> None:
        kept = None if token else cls._resource_type_name
        super().__init_subclass__(**token)
        if kept:
            cls._resource_type_name = kept


class VectorizeIndex(_Resource, module="vectorize", name="VectorizeIndex"):
    """A Cloudflare Vectorize index.

    The API cannot change an index, so a change of anything that it stores replaces the index, and the new index is empty. An index
    that contains vectors is neither deleted nor replaced unless `force_destroy` is set.
    """

    def __init__(  # noqa: PLR0913 -- every input is an argument, as in every Pulumi SDK
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        config: pulumi.Input[IndexConfig | IndexConfigDict],
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        account_id: pulumi.Input[str] | None = None,
        metadata_indexes: pulumi.Input[Mapping[str, pulumi.Input[MetadataType]]] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        adopt: pulumi.Input[bool] | None = None,
    ) -> None:
        """Declare an index.

        Args:
            resource_name: the name of the resource in the program. Without `name`, the name of the index is generated from it.
            opts: Pulumi's resource options.
            config: the shape of the index, as `IndexConfig` or a dict. Changing it replaces the index.
            name: lower-case letters, digits, `-`, `_`, at most 64 bytes. Changing it replaces the index.
            description: a text for readers. Changing it replaces the index.
            account_id: 32 hexadecimal digits. Default: `vectorize:accountId`, then `CLOUDFLARE_ACCOUNT_ID`. Changing it
                replaces the index.
            metadata_indexes: the properties that queries can filter by: name → `string`, `number` or `boolean`, at most ten.
                A filter finds only vectors that were written after its property was declared. Only the metadata indexes that
                differ change.
            force_destroy: allow the index to be deleted or replaced while it contains vectors. Changing it sends no request.
            adopt: adopt an existing index of this name and shape. Changing it sends no request.
        """
        refuse_unsupported(resource_name, opts)
        warn_of_autonaming(resource_name, name)
        warn_of_plain_secrets()
        props = {
            "config": config,
            "name": name,
            "description": description,
            "accountId": account_id,
            "metadataIndexes": metadata_indexes,
            "forceDestroy": force_destroy,
            "adopt": adopt,
            "retainOnDelete": opts.retain_on_delete if opts else None,
            "separateMetadataIndexes": cast("pulumi.Input[list[str]]", separate_properties(self, name)),
        }
        if name is None:
            props["namePrefix"] = name_prefix(pulumi.get_project(), pulumi.get_stack(), resource_name)
        super().__init__(IndexProvider(), resource_name, {**dict.fromkeys(_OUTPUTS), **props}, in_state_form(opts))

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
        *,
        account_id: pulumi.Input[str] | None = None,
    ) -> VectorizeIndex:
        """Read an index that this program does not manage. The run fails if it does not exist.

        Args:
            resource_name: the name of the resource in the program.
            id: the name of the index.
            opts: Pulumi's resource options.
            account_id: as in the constructor.
        """
        existing = cls.__new__(cls)
        props = {**dict.fromkeys((*_OUTPUTS, *_INPUTS)), "accountId": account_id}
        Resource.__init__(
            existing,
            IndexProvider(),
            resource_name,
            props,
            pulumi.ResourceOptions.merge(in_state_form(opts), pulumi.ResourceOptions(id=id)),
        )
        return existing

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """The name of the index, explicit or generated. It is the ID of the resource as well."""
        return pulumi.get(self, "name")

    @property
    @pulumi.getter
    def config(self) -> pulumi.Output[dict[str, Any]]:
        """The shape as it was declared."""
        return pulumi.get(self, "config")

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """The description. Empty if there is none."""
        return pulumi.get(self, "description")

    @property
    @pulumi.getter(name="accountId")
    def account_id(self) -> pulumi.Output[str]:
        """The account that the index is in."""
        return pulumi.get(self, "accountId")

    @property
    @pulumi.getter(name="forceDestroy")
    def force_destroy(self) -> pulumi.Output[bool]:
        """Whether the index may be deleted while it contains vectors."""
        return pulumi.get(self, "forceDestroy")

    @property
    @pulumi.getter
    def adopt(self) -> pulumi.Output[bool]:
        """Whether an existing index may be adopted."""
        return pulumi.get(self, "adopt")

    @property
    @pulumi.getter(name="metadataIndexes")
    def metadata_indexes(self) -> pulumi.Output[dict[str, str]]:
        """The declared metadata indexes: property name → type."""
        return pulumi.get(self, "metadataIndexes")

    @property
    @pulumi.getter(name="unmanagedMetadataIndexes")
    def unmanaged_metadata_indexes(self) -> pulumi.Output[dict[str, str]]:
        """Metadata indexes of the index that are not declared here: property name → type."""
        return pulumi.get(self, "unmanagedMetadataIndexes")

    @property
    @pulumi.getter
    def dimensions(self) -> pulumi.Output[int]:
        """The length of every vector, as the API returned it, for a preset as well."""
        return pulumi.get(self, "dimensions")

    @property
    @pulumi.getter
    def metric(self) -> pulumi.Output[str]:
        """How vectors are compared, as the API returned it, for a preset as well."""
        return pulumi.get(self, "metric")

    @property
    @pulumi.getter
    def preset(self) -> pulumi.Output[str]:
        """The declared preset. Empty if there is none."""
        return pulumi.get(self, "preset")

    @property
    @pulumi.getter(name="createdOn")
    def created_on(self) -> pulumi.Output[str]:
        """When the index was created: RFC 3339, as the API returned it."""
        return pulumi.get(self, "createdOn")

    @property
    @pulumi.getter(name="modifiedOn")
    def modified_on(self) -> pulumi.Output[str]:
        """When the index was modified: RFC 3339, as the API returned it at the last create or refresh."""
        return pulumi.get(self, "modifiedOn")


_INPUTS = ("config", "name", "description", "accountId", "metadataIndexes", "forceDestroy", "adopt")
_OUTPUTS = ("dimensions", "metric", "preset", "unmanagedMetadataIndexes", "createdOn", "modifiedOn")


class VectorizeMetadataIndex(_Resource, module="vectorize", name="VectorizeMetadataIndex"):
    """One metadata index, declared separately from its index, for teams that own different properties.

    A property is declared either here or under `metadata_indexes` of its index, never in both.
    """

    def __init__(  # noqa: PLR0913 -- every input is an argument, as in every Pulumi SDK
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        index_name: pulumi.Input[str],
        property_name: pulumi.Input[str],
        index_type: pulumi.Input[MetadataType],
        account_id: pulumi.Input[str] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
    ) -> None:
        """Declare a metadata index.

        A change of `index_name`, `property_name`, `index_type` or `account_id` replaces it.

        Args:
            resource_name: the name of the resource in the program.
            opts: Pulumi's resource options.
            index_name: the name of the index. Use `index.name`, so that a replacement of the index replaces the metadata index.
            property_name: the property to filter by. A dot addresses a nested property.
            index_type: `string`, `number` or `boolean`.
            account_id: as for the index.
            force_destroy: allow it to be deleted together with an index that contains vectors. Changing it sends no request.
        """
        refuse_unsupported(resource_name, opts)
        warn_of_plain_secrets()
        note_separate(index_name, property_name)
        props = {
            "indexName": index_name,
            "propertyName": property_name,
            "indexType": index_type,
            "accountId": account_id,
            "forceDestroy": force_destroy,
            **dict.fromkeys(("indexCreatedOn",)),
        }
        super().__init__(MetadataIndexProvider(), resource_name, props, in_state_form(opts))

    @property
    @pulumi.getter(name="indexName")
    def index_name(self) -> pulumi.Output[str]:
        """The name of the index."""
        return pulumi.get(self, "indexName")

    @property
    @pulumi.getter(name="propertyName")
    def property_name(self) -> pulumi.Output[str]:
        """The property to filter by."""
        return pulumi.get(self, "propertyName")

    @property
    @pulumi.getter(name="indexType")
    def index_type(self) -> pulumi.Output[str]:
        """The type of the property's values."""
        return pulumi.get(self, "indexType")

    @property
    @pulumi.getter(name="accountId")
    def account_id(self) -> pulumi.Output[str]:
        """The account that the index is in."""
        return pulumi.get(self, "accountId")

    @property
    @pulumi.getter(name="forceDestroy")
    def force_destroy(self) -> pulumi.Output[bool]:
        """Whether it may be deleted together with an index that contains vectors."""
        return pulumi.get(self, "forceDestroy")

    @property
    @pulumi.getter(name="indexCreatedOn")
    def index_created_on(self) -> pulumi.Output[str]:
        """When its index was created: RFC 3339, as the API returned it."""
        return pulumi.get(self, "indexCreatedOn")
