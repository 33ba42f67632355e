"""Runs an imitation of AWS: moto, and a proxy that records each call, answers what moto lacks, and returns errors.

Commands and notebooks are other processes; AWS_ENDPOINT_URL leads them to it instead of AWS.
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

from local_sagemaker.credentials import NO_CREDENTIALS

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer
from moto_answers import AMENDMENTS, ANSWERS, REGION

BUCKET = "a-bucket-of-mine"
#: Method, whether there is a key, part of the query, operation; the first row that matches a request counts.
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
#: Method, pattern of the path, operation; the first row that matches a request counts.
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
    """Describes the account: the calls that it received, and the answers that the test has set."""

    url: str
    calls: list[tuple[str, str]] = field(default_factory=list)
    #: Operation -> errors (code, message, HTTP status) to return first, one for each call.
    errors: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    #: Operation -> what to do when its next call is received, before it is answered.
    on_call: dict[str, Callable[[], None]] = field(default_factory=dict)
    #: Execution's ARN -> its steps and its status, if they are not those of a success.
    steps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Project's name -> tags.
    projects: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    #: Log stream -> lines.
    logs: dict[str, list[str]] = field(default_factory=dict)
    #: Model package's ARN -> members of DescribeModelPackage with other values.
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted_jobs: list[str] = field(default_factory=list)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    moto: str = ""

    @cached_property
    def session(self) -> boto3.Session:
        """A session that bypasses the proxy, for a test's own preparations: its calls are not recorded.

        It is shared, because each new session reads botocore's models again.
        """
        return boto3.Session("testing", "testing", region_name=REGION)

    def client(self, service: str) -> Any:
        """Return a client that bypasses the proxy, as ``session`` does."""
        return self.session.client(service, endpoint_url=self.moto, config=Config(retries={"total_max_attempts": 1}))

    def operations(self) -> list[str]:
        """Return the different calls as ``service:Operation``, sorted."""
        return sorted({f"{service}:{operation}" for service, operation in self.calls})

    def reset(self) -> None:
        """Empty the account."""
        with closing(HTTPConnection(urlsplit(self.moto).netloc)) as connection:
            connection.request("POST", "/moto-api/reset")
            connection.getresponse().read()
        for member in vars(self).values():
            if isinstance(member, dict | list):
                member.clear()


def make_role(aws: Aws) -> str:
    """Make a bucket and a role in the account; return the role's ARN."""
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    response = aws.client("iam").create_role(RoleName="jobs", Path="/service-role/", AssumeRolePolicyDocument=trust)
    return str(response["Role"]["Arn"])


def environment(aws: Aws) -> dict[str, str]:
    """Return the environment variables of a process that works on this account and has assumed its role."""
    arn = aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
    keys = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="testing")["Credentials"]
    return {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    } | NO_CREDENTIALS


class Server:
    """Runs moto and the proxy on free ports of this machine."""

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
        """Stop both servers."""
        self.proxy.shutdown()
        self.proxy.server_close()
        self.moto.stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is one write, sent at once. Else each would wait 40 ms until the client has acknowledged the headers.
    wbufsize, disable_nagle_algorithm = -1, True
    aws: Aws

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def handle_expect_100(self) -> bool:
        """Send 100 Continue at once: a client waits for it before it sends the body."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _answer(self) -> None:
        body = self._body()
        service, operation = self._operation(body)
        self.aws.calls.append((service, operation))
        self.aws.on_call.pop(operation, lambda: None)()
        if self.aws.errors.get(operation):
            self._send_error(service, *self.aws.errors[operation].pop(0))
        elif operation in ANSWERS and (answer := ANSWERS[operation](self.aws, json.loads(body))) is not None:
            self._reply(200, json.dumps(answer).encode())
        else:
            self._forward(operation, self._add_properties(body) if operation == "UpdateModelPackage" else body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815  http.server's names

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
            operations = (o for m, end, o in LAMBDA_OPERATIONS if m == self.command and re.search(end, path))
            return service, next(operations, f"{self.command} {path}")
        if service == "s3":
            split = urlsplit(self.path)
            has_key = len([p for p in split.path.split("/") if p]) > 1
            operations = (o for m, k, q, o in S3_OPERATIONS if (m, k) == (self.command, has_key) and q in split.query)
            return service, next(operations, f"{self.command} {self.path}")
        return service, parse_qs(body.decode()).get("Action", ["?"])[0]

    def _add_properties(self, body: bytes) -> bytes:
        """Add the package's properties to an update's request: moto forgets those that the request does not name."""
        request = json.loads(body)
        describe = json.dumps({"ModelPackageName": request["ModelPackageArn"]}).encode()
        response, content = self._call_moto(describe, {"X-Amz-Target": "SageMaker.DescribeModelPackage"})
        if response.status != 200:  # the client may not do this, or there is no such package
            return body
        properties = json.loads(content).get("CustomerMetadataProperties") or {}
        properties |= request.get("CustomerMetadataProperties", {})
        return json.dumps(request | {"CustomerMetadataProperties": properties}).encode()

    def _call_moto(self, body: bytes, new_headers: dict[str, str] | None = None) -> tuple[HTTPResponse, bytes]:
        dropped = {"transfer-encoding", "content-length", *map(str.lower, new_headers or ())}
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped} | (new_headers or {})
        with closing(HTTPConnection(urlsplit(self.aws.moto).netloc)) as connection:
            connection.request(self.command, self.path, body, headers | {"Content-Length": str(len(body))})
            response = connection.getresponse()
            return response, response.read()

    def _forward(self, operation: str, body: bytes) -> None:
        response, content = self._call_moto(body)
        if response.status == 200 and operation in AMENDMENTS:
            content = json.dumps(AMENDMENTS[operation](self.aws, json.loads(content))).encode()
        headers = {k: v for k, v in response.getheaders() if k.lower() not in ("transfer-encoding", "connection")}
        self._reply(response.status, content, headers)

    def _send_error(self, service: str, code: str, message: str, status: int) -> None:
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
