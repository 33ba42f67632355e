"""Pipeline and execution as the SDK has them, compiled offline and sent on the caller's session.

``definition()`` touches no network. ``create``, ``update`` and ``upsert`` first upload what compiling recorded and what
is not there yet; ``start`` returns an execution whose ``wait`` comes back within a second of the end, Stopped included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.executions import wait
from local_sagemaker.tools.service.s3 import exists
from local_sagemaker.tools.service.upserts import check_owner, existing_pipeline
from pipelines.compiling import sdk
from pipelines.compiling.offline import PLACEHOLDER_ACCOUNT, Recording

import boto3
from sagemaker.core.helper.iam_role_resolver import RoleValidationError
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.pipeline import Pipeline as SdkPipeline
from sagemaker.mlops.workflow.pipeline import PipelineExecution as SdkPipelineExecution


def compiling_session(region: str, recording: Recording) -> PipelineSession:
    """The SDK's session for building steps: answers come from ``recording``."""
    return sdk.session_without_defaults(
        PipelineSession, boto_session=recording.session(region), default_bucket=recording.bucket
    )


class PipelineExecution(SdkPipelineExecution):
    """An execution that can be waited for."""

    def wait(self, delay: float = 1.0, max_attempts: int | None = None) -> dict[str, Any]:
        """Wait for the end, whatever it is; the last DescribePipelineExecution.

        The SDK's own polls every 30 seconds, gives up after 30 minutes, and never returns for a stopped execution.

        Args:
            delay: seconds between two looks.
            max_attempts: looks to take; None for as many as it needs.
        """
        return wait(self.sagemaker_session.sagemaker_client, self.arn, delay, max_attempts)


class Pipeline(SdkPipeline):
    """A pipeline whose steps were built on ``compiling``; calls to the service go out on ``session``."""

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
        #: Of the pipeline itself, beside those that are given to ``upsert``.
        self.own_tags = list(tags)
        self._compiling, self._is_compiling = compiling, True
        self._given, self._service_session = session, None
        self._compiled: str | None = None
        super().__init__(sagemaker_session=compiling, **arguments)
        self._is_compiling = False

    @property
    def sagemaker_session(self) -> Session:
        """While a definition is compiled, the session for that; else the caller's, made when it is first asked for."""
        if self._is_compiling:
            return self._compiling
        if self._service_session is None:
            self._service_session = self._caller_session()
        return self._service_session

    @sagemaker_session.setter
    def sagemaker_session(self, session: Session) -> None:
        """The SDK's constructor sets it; it is known already."""

    def definition(self) -> str:
        """The definition as JSON: the same code gives the same bytes, and nothing is called or sent."""
        return self._compiled or self._compile()

    @contextmanager
    def compiled_once(self, definition: str | None = None) -> Iterator[str]:
        """Within, the pipeline is not changed, and so is compiled once however often its definition is asked for.

        Args:
            definition: its definition, where it has just been compiled.
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
        """CreatePipeline, after the uploads; the role is that of get_pipeline where none is given."""
        with self.compiled_once(), _role_refusals():
            self.upload()
            return super().create(role_arn or self._role, *arguments, **options)

    def update(self, role_arn: str | None = None, *arguments: Any, **options: Any) -> dict[str, Any]:
        """UpdatePipeline, after the uploads."""
        with self.compiled_once():
            self.upload()
            return super().update(role_arn or self._role, *arguments, **options)

    def upsert(
        self, role_arn: str | None = None, description: str | None = None, tags: Any = None, **options: Any
    ) -> dict[str, Any]:
        """CreatePipeline, or UpdatePipeline where there is one of this name.

        Args:
            role_arn: the role that the service assumes; that of get_pipeline where none is given.
            description: the pipeline's.
            tags: ``[{"Key": ..., "Value": ...}]``; those of ``get_pipeline(sagemaker_project_name=...)`` are added.
            options: the SDK's.

        Raises:
            UsageError: the pipeline of this name belongs to another project, by its tags; or SageMaker may not assume
                the role.
        """
        tags = list({tag["Key"]: tag for tag in [*self.own_tags, *(tags or ())]}.values())
        _refuse_placeholder(f"{self._role} {self._recording.bucket}", self.sagemaker_session.boto_session)
        client = self.sagemaker_session.sagemaker_client
        if found := existing_pipeline(client, self.name):
            check_owner(client, found, tags)
        with self.compiled_once(), _role_refusals():
            return super().upsert(role_arn or self._role, description, tags or None, **options)

    def start(self, *arguments: Any, **options: Any) -> PipelineExecution:
        """StartPipelineExecution."""
        started = super().start(*arguments, **options)
        return PipelineExecution(arn=started.arn, sagemaker_session=started.sagemaker_session)

    def upload(self) -> None:
        """Send what compiling recorded and is not there; keys carry the content's hash, so what is there is right.

        ``create``, ``update`` and ``upsert`` do so; who deploys the definition otherwise does it first.
        """
        definition = self.definition()
        session = self.sagemaker_session.boto_session
        _refuse_placeholder(definition, session)
        s3 = session.client("s3")
        for bucket, key in self.missing_uploads(s3):
            s3.put_object(Bucket=bucket, Key=key, Body=self._recording.uploads[bucket, key])

    @property
    def uploads(self) -> Mapping[tuple[str, str], bytes]:
        """What create, update and upsert put into S3, by bucket and key."""
        return self._recording.uploads

    def missing_uploads(self, s3: Any) -> list[tuple[str, str]]:
        """Bucket and key of each object that the definition names and that is not there yet."""
        return [place for place in self._recording.uploads if not exists(s3, *place)]

    def _caller_session(self) -> Session:
        sdk.forget_default_session()
        given = getattr(self._given, "boto_session", self._given)
        boto_session = given or boto3.Session(region_name=self._compiling.boto_region_name)
        bucket = self._compiling.default_bucket()
        return sdk.session_without_defaults(Session, boto_session=boto_session, default_bucket=bucket)


@contextmanager
def _role_refusals() -> Iterator[None]:
    """The SDK looks at the role's trust policy; its refusal goes on with permissions that are not needed here."""
    try:
        yield
    except RoleValidationError as error:
        raise UsageError(" ".join(str(error).splitlines()[:2])) from None


def _refuse_placeholder(text: str, session: boto3.Session) -> None:
    """What holds the placeholder account goes nowhere but to the account of that number: this machine's."""
    if PLACEHOLDER_ACCOUNT not in text:
        return
    account = session.client("sts").get_caller_identity()["Account"]
    if account != PLACEHOLDER_ACCOUNT:
        raise UsageError(
            f"the pipeline was compiled with placeholders for role or bucket, and the session is of account {account}; "
            "give get_pipeline a role and a default_bucket"
        )
