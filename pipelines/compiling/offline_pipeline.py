"""Extend the SDK's pipeline and execution: they are compiled offline and sent on the caller's session.

``definition()`` uses no network. ``create``, ``update`` and ``upsert`` first upload what compiling recorded, unless it
exists already. ``start`` returns an execution whose ``wait`` returns within a second of the end, Stopped included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.placeholders import refuse_placeholder
from local_sagemaker.tools.service.executions import wait
from local_sagemaker.tools.service.s3 import exists
from local_sagemaker.tools.service.upserts import check_owner, existing_pipeline
from pipelines.compiling import sdk
from pipelines.compiling.offline import Recording

import boto3
from sagemaker.core.helper.iam_role_resolver import RoleValidationError
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.pipeline import Pipeline as SdkPipeline
from sagemaker.mlops.workflow.pipeline import PipelineExecution as SdkPipelineExecution


def compiling_session(region: str, recording: Recording) -> PipelineSession:
    """Return the SDK's session for building steps; ``recording`` answers its calls."""
    return sdk.session_without_defaults(
        PipelineSession, boto_session=recording.session(region), default_bucket=recording.bucket
    )


class PipelineExecution(SdkPipelineExecution):
    """An execution that can be waited for."""

    def wait(self, delay: float = 1.0, max_attempts: int | None = None) -> dict[str, Any]:
        """Wait until the execution ends, with any status; return the last response of DescribePipelineExecution.

        The SDK's method polls every 30 seconds, gives up after 30 minutes, and never returns for a stopped execution.

        Args:
            delay: seconds between two calls.
            max_attempts: how many calls to make; None for no limit.
        """
        return wait(self.sagemaker_session.sagemaker_client, self.arn, delay, max_attempts)


class Pipeline(SdkPipeline):
    """A pipeline whose steps were built with the session ``compiling``; AWS is called with ``session``."""

    def __init__(
        self,
        *,
        compiling: PipelineSession,
        recording: Recording,
        role: str,
        session: Any = None,
        tags: Sequence[Mapping[str, str]] = (),
        **arguments: Any,
    ):
        self._recording, self._role = recording, role
        #: The pipeline's own tags, in addition to those that are passed to ``upsert``.
        self.own_tags = list(tags)
        self._compiling, self._is_compiling = compiling, True
        self._user_session, self._service_session = session, None
        self._compiled: str | None = None
        super().__init__(sagemaker_session=compiling, **arguments)
        self._is_compiling = False

    @property
    def sagemaker_session(self) -> Session:
        """The session for compiling while a definition is compiled; otherwise the caller's, created on first use."""
        if self._is_compiling:
            return self._compiling
        if self._service_session is None:
            self._service_session = self._caller_session()
        return self._service_session

    @sagemaker_session.setter
    def sagemaker_session(self, session: Session) -> None:
        """Ignore the value: the SDK's constructor sets it, but the sessions are set already."""

    def definition(self) -> str:
        """Return the definition as JSON. The same code gives the same bytes, and nothing is called or sent."""
        return self._compiled or self._compile()

    @contextmanager
    def compile_once(self, definition: str | None = None) -> Iterator[str]:
        """Compile the pipeline once for all calls inside the ``with`` block, which must not change the pipeline.

        Args:
            definition: its definition, if it has just been compiled.
        """
        before = self._compiled
        self._compiled = definition or self.definition()
        try:
            yield self._compiled
        finally:
            self._compiled = before

    def _compile(self) -> str:
        self._is_compiling = True
        try:
            raw = json.loads(super().definition())
        finally:
            self._is_compiling = False
        return json.dumps({key: value for key, value in raw.items() if value is not None})

    def create(self, role_arn: str | None = None, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Upload, then call CreatePipeline; the role is by default that of get_pipeline."""
        with self.compile_once(), _shorten_role_errors():
            self.upload()
            return super().create(role_arn or self._role, *arguments, **options)

    def update(self, role_arn: str | None = None, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Upload, then call UpdatePipeline."""
        with self.compile_once():
            self.upload()
            return super().update(role_arn or self._role, *arguments, **options)

    def upsert(
        self, role_arn: str | None = None, description: str | None = None, tags: Any = None, **options: Any
    ) -> dict[str, Any]:
        """Call CreatePipeline, or UpdatePipeline if a pipeline of this name exists.

        Args:
            role_arn: the role that the service assumes; by default that of get_pipeline.
            description: the pipeline's description.
            tags: ``[{"Key": ..., "Value": ...}]``; those of ``get_pipeline(sagemaker_project_name=...)`` are added.
            options: further options of the SDK's method.

        Raises:
            UsageError: the existing pipeline's tags name another project; or SageMaker may not assume the role.
        """
        tags = list({tag["Key"]: tag for tag in [*self.own_tags, *(tags or ())]}.values())
        refuse_placeholder(f"{self._role} {self._recording.bucket}", self.sagemaker_session.boto_session)
        client = self.sagemaker_session.sagemaker_client
        if existing := existing_pipeline(client, self.name):
            check_owner(client, existing, tags)
        with self.compile_once(), _shorten_role_errors():
            return super().upsert(role_arn or self._role, description, tags or None, **options)

    def start(self, *arguments: Any, **options: Any) -> PipelineExecution:
        """Call StartPipelineExecution; return the execution."""
        execution = super().start(*arguments, **options)
        return PipelineExecution(arn=execution.arn, sagemaker_session=execution.sagemaker_session)

    def upload(self) -> None:
        """Upload what compiling recorded, unless it exists; keys contain the content's hash, so it is not outdated.

        ``create``, ``update`` and ``upsert`` do so. If you deploy the definition in another way, call this first.
        """
        definition = self.definition()
        session = self.sagemaker_session.boto_session
        refuse_placeholder(definition, session)
        s3 = session.client("s3")
        for bucket, key in self.missing_uploads(s3):
            s3.put_object(Bucket=bucket, Key=key, Body=self._recording.uploads[bucket, key])

    @property
    def uploads(self) -> Mapping[tuple[str, str], bytes]:
        """The objects that create, update and upsert put into S3, by bucket and key."""
        return self._recording.uploads

    def missing_uploads(self, s3: Any) -> list[tuple[str, str]]:
        """Return bucket and key of each object that the definition needs and that does not exist yet."""
        return [location for location in self._recording.uploads if not exists(s3, *location)]

    def _caller_session(self) -> Session:
        sdk.forget_default_session()
        user_session = getattr(self._user_session, "boto_session", self._user_session)
        boto_session = user_session or boto3.Session(region_name=self._compiling.boto_region_name)
        bucket = self._compiling.default_bucket()
        return sdk.session_without_defaults(Session, boto_session=boto_session, default_bucket=bucket)


@contextmanager
def _shorten_role_errors() -> Iterator[None]:
    """Turn the SDK's error about a role's trust policy into a UsageError, without permissions not needed here."""
    try:
        yield
    except RoleValidationError as error:
        raise UsageError(" ".join(str(error).splitlines()[:2])) from None
