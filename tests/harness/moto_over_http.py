"""AWS for tests: a moto server, and before it a small proxy that notes each call, answers what moto lacks, and refuses.

Commands and notebooks are other processes; they reach it by AWS_ENDPOINT_URL, as they would reach AWS.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local_sagemaker.credentials import NONE

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer
from moto_answers import AMENDMENTS, ANSWERS, REGION

BUCKET = "a-bucket-of-mine"
#: (method, has a key, word in the query) -> operation; the first row that fits.
S3_OPERATIONS = [
    ("GET", False, "list-type", "ListObjectsV2"),
    ("POST", False, "delete", "DeleteObjects"),
    ("GET", False, "location", "GetBucketLocation"),
    ("HEAD", False, "", "HeadBucket"),
    ("GET", False, "", "ListBuckets"),
    ("HEAD", True, "", "HeadObject"),
    ("GET", True, "tagging", "GetObjectTagging"),
    ("GET", True, "", "GetObject"),
    ("PUT", True, "uploadId", "UploadPart"),
    ("PUT", True, "", "PutObject"),
    ("DELETE", True, "", "DeleteObject"),
    ("POST", True, "uploads", "CreateMultipartUpload"),
    ("POST", True, "uploadId", "CompleteMultipartUpload"),
]
#: (method, how the path ends) -> operation; the first row that fits.
LAMBDA_OPERATIONS = [
    ("PUT", "/code$", "UpdateFunctionCode"),
    ("PUT", "/configuration$", "UpdateFunctionConfiguration"),
    ("GET", "/code-signing-config$", "GetFunctionCodeSigningConfig"),
    ("GET", "/versions$", "ListVersionsByFunction"),
    ("GET", "/tags/", "ListTags"),
    ("GET", "/policy$", "GetPolicy"),
    ("GET", "/functions/[^/]+$", "GetFunction"),
    ("POST", "/functions/?$", "CreateFunction"),
    ("DELETE", "/functions/[^/]+$", "DeleteFunction"),
]


@dataclass
class Aws:
    """The account: what was asked of it, and what the test wants it to say."""

    url: str
    calls: list[tuple[str, str]] = field(default_factory=list)
    #: Operation -> errors (code, message, HTTP status) to give before it is answered.
    refusals: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    #: Operation -> what to do once it has come in, before it is answered.
    on_call: dict[str, Callable[[], None]] = field(default_factory=dict)
    #: Execution's ARN -> its steps and its status, where they shall be others than those of a success.
    steps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Project's name -> tags.
    projects: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    #: Log stream -> lines.
    logs: dict[str, list[str]] = field(default_factory=dict)
    #: Model package's ARN -> what DescribeModelPackage shall say otherwise.
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted_jobs: list[str] = field(default_factory=list)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    moto: str = ""

    @cached_property
    def session(self) -> boto3.Session:
        """A session straight to moto, for a test's own preparations: its calls are not noted. One, as a new one reads
        all of botocore's models anew.
        """
        return boto3.Session("testing", "testing", region_name=REGION)

    def client(self, service: str) -> Any:
        """The same, a client."""
        return self.session.client(service, endpoint_url=self.moto, config=Config(retries={"total_max_attempts": 1}))

    def operations(self) -> list[str]:
        """``service:Operation`` of each kind of call, sorted."""
        return sorted({f"{service}:{operation}" for service, operation in self.calls})

    def forget(self) -> None:
        """Back to an empty account."""
        with closing(HTTPConnection(urlsplit(self.moto).netloc)) as connection:
            connection.request("POST", "/moto-api/reset")
            connection.getresponse().read()
        for member in vars(self).values():
            if isinstance(member, dict | list):
                member.clear()


def role(aws: Aws) -> str:
    """A role in the account, with a bucket beside it; its ARN."""
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    trusted = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    made = aws.client("iam").create_role(RoleName="jobs", Path="/service-role/", AssumeRolePolicyDocument=trust)
    return str(made["Role"]["Arn"])


def environment(aws: Aws) -> dict[str, str]:
    """What tells a process to work on this account, as the role that it has assumed."""
    arn = aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
    signed_in = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="testing")["Credentials"]
    return {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_ACCESS_KEY_ID": signed_in["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": signed_in["SecretAccessKey"],
        "AWS_SESSION_TOKEN": signed_in["SessionToken"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    } | NONE


class Server:
    """Both servers, on free ports of this machine alone."""

    def __init__(self) -> None:
        self.moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.moto.start()
        host, port = self.moto.get_host_and_port()
        handler = type("Handler", (_Handler,), {})
        self.proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.aws = Aws(f"http://127.0.0.1:{self.proxy.server_port}", moto=f"http://{host}:{port}")
        handler.aws = self.aws
        self.thread = threading.Thread(target=self.proxy.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End both."""
        self.proxy.shutdown()
        self.proxy.server_close()
        self.moto.stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is one write, sent at once: else each waits 40 ms for the other side to have acknowledged its headers.
    wbufsize, disable_nagle_algorithm = -1, True
    aws: Aws

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def handle_expect_100(self) -> bool:
        """Go on: whoever sends a body waits for it."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _any(self) -> None:
        body = self._body()
        service, operation = self._operation(body)
        self.aws.calls.append((service, operation))
        self.aws.on_call.pop(operation, lambda: None)()
        if self.aws.refusals.get(operation):
            self._refuse(service, *self.aws.refusals[operation].pop(0))
        elif operation in ANSWERS and (answer := ANSWERS[operation](self.aws, json.loads(body))) is not None:
            self._reply(200, json.dumps(answer).encode())
        else:
            self._forward(operation, self._kept_properties(body) if operation == "UpdateModelPackage" else body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _any  # noqa: N815  the names that http.server asks for

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _operation(self, body: bytes) -> tuple[str, str]:
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.headers.get("Authorization", ""))
        service = scope[1] if scope else "unsigned"
        if target := self.headers.get("X-Amz-Target"):
            return service, target.rpartition(".")[2]
        if service == "lambda":
            path = urlsplit(self.path).path
            fits = (o for m, end, o in LAMBDA_OPERATIONS if m == self.command and re.search(end, path))
            return service, next(fits, f"{self.command} {path}")
        if service == "s3":
            split = urlsplit(self.path)
            has_key = len([p for p in split.path.split("/") if p]) > 1
            fits = (o for m, k, q, o in S3_OPERATIONS if (m, k) == (self.command, has_key) and q in split.query)
            return service, next(fits, f"{self.command} {self.path}")
        return service, parse_qs(body.decode()).get("Action", ["?"])[0]

    def _kept_properties(self, body: bytes) -> bytes:
        """moto forgets the properties of a model package that an update does not name."""
        asked = json.loads(body)
        describe = json.dumps({"ModelPackageName": asked["ModelPackageArn"]}).encode()
        response, found = self._ask_moto(describe, {"X-Amz-Target": "SageMaker.DescribeModelPackage"})
        if response.status != 200:  # who asks may not, or there is no such package
            return body
        kept = json.loads(found).get("CustomerMetadataProperties") or {}
        return json.dumps(
            asked | {"CustomerMetadataProperties": kept | asked.get("CustomerMetadataProperties", {})}
        ).encode()

    def _ask_moto(self, body: bytes, others: dict[str, str] | None = None) -> tuple[HTTPResponse, bytes]:
        dropped = {"transfer-encoding", "content-length", *map(str.lower, others or ())}
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped} | (others or {})
        with closing(HTTPConnection(urlsplit(self.aws.moto).netloc)) as connection:
            connection.request(self.command, self.path, body, headers | {"Content-Length": str(len(body))})
            response = connection.getresponse()
            return response, response.read()

    def _forward(self, operation: str, body: bytes) -> None:
        response, content = self._ask_moto(body)
        if response.status == 200 and operation in AMENDMENTS:
            content = json.dumps(AMENDMENTS[operation](self.aws, json.loads(content))).encode()
        kept = {k: v for k, v in response.getheaders() if k.lower() not in ("transfer-encoding", "connection")}
        self._reply(response.status, content, kept)

    def _refuse(self, service: str, code: str, message: str, status: int) -> None:
        if service in ("sagemaker", "logs", "lambda"):
            self._reply(status, json.dumps({"__type": code, "message": message}).encode())
        else:
            error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            self._reply(status, (error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>").encode())

    def _reply(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        length = (headers or {}).get("Content-Length") if self.command == "HEAD" else None
        for name, value in (headers or {}).items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
