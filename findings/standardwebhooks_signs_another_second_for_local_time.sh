#!/usr/bin/env bash
# One would guess that `Webhook.sign` of standardwebhooks, which takes a datetime, signs the moment that the datetime
# is. It replaces the time zone by UTC instead of converting: a datetime in Berlin's time is signed as if its clock
# showed UTC, an hour or two away from the `webhook-timestamp` header that the sender makes from the same datetime. The
# receiver, with the same library, finds no matching signature, and only on machines or in months whose offset is not
# zero. Payment and settlement notices go unheard. OAS makes the moment in UTC and gives the same one to the header and
# to the signature.
#
# Seen on 2026-11-28:
#   standardwebhooks 1.1.0
#   signed with the current time in UTC: verified
#   signed with the current time in Europe/Berlin: No matching signature found
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq standardwebhooks==1.1.0 tzdata==2026.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import base64
import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from standardwebhooks import Webhook, WebhookVerificationError

print("standardwebhooks", version("standardwebhooks"))
webhook = Webhook(base64.b64encode(b"an example, not a secret").decode())
body = '{"file": 1, "status": "FINALIZED"}'
seen = []
for zone in ("UTC", "Europe/Berlin"):
    moment = datetime.datetime.now(ZoneInfo(zone))
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": webhook.sign("msg_1", moment, body),
    }
    try:
        webhook.verify(body, headers)
        seen.append("verified")
    except WebhookVerificationError as error:
        seen.append(str(error))
    print(f"signed with the current time in {zone}: {seen[-1]}")
if seen != ["verified", "No matching signature found"]:
    raise SystemExit("The behaviour has changed.")
PYTHON
